//! How much an archive unpacks to, found out without unpacking it.
//!
//! A few hundred kilobytes of zstd can hold gigabytes. rattler unpacks what there is, so the archive is read through once
//! before: by the same decoders and in the same order, and to the end of every stream.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, sink};
use std::mem::ManuallyDrop;
use std::path::Path;

use rattler_package_streaming::ExtractError;
use rattler_package_streaming::read::{
    extract_conda_via_buffering, extract_conda_via_streaming, extract_tar_bz2, stream_tar_bz2,
};
use zip::read::{ZipArchive, ZipFile, read_zipfile_from_stream};
use zip::result::ZipError;

/// What every archive may unpack to, however small it is. No package that is this small comes near to it.
pub(crate) const ALWAYS_ALLOWED: u64 = 1 << 30;

/// What an archive may unpack to for each byte of its own. CUDA and PyTorch come to 4, static libraries to 12.
const RATIO: u64 = 32;

/// Of the bytes that are allowed, how many stand for one file: an empty one takes room as well.
const BYTES_FOR_A_FILE: u64 = 2048;

/// An archive cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnpackError {
    /// It would come to more than it may.
    #[error("it unpacks to more than {} MiB", .0 >> 20)]
    TooBig(u64),
    /// It would come to more files than it may.
    #[error("it unpacks to more than {0} files")]
    TooMany(u64),
    /// It has devices, pipes or the like in it.
    #[error("`{0}` in it is neither a file nor a folder nor a link")]
    Device(String),
    /// It is broken.
    #[error("it cannot be unpacked: {0}")]
    Broken(#[from] ExtractError),
    /// It cannot be read.
    #[error("it cannot be unpacked: {0}")]
    Io(#[from] io::Error),
    /// The worker is gone.
    #[error("unpacking was cancelled")]
    Cancelled,
}

impl From<ZipError> for UnpackError {
    fn from(error: ZipError) -> Self {
        Self::Broken(error.into())
    }
}

/// How an archive is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packed {
    /// `.tar.bz2`
    Tar,
    /// `.conda`
    Zip,
}

/// How `.conda` has to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Stream,
    /// Its local headers do not say how long its parts are.
    Buffer,
}

/// Unpacks an archive, unless it is bigger than it may be. `allowed` is what even a small one may come to, in bytes.
///
/// # Errors
/// See [`UnpackError`]. The folder may hold a part of it then.
pub(crate) fn unpack(
    file: &File,
    packed: Packed,
    allowed: u64,
    folder: &Path,
) -> Result<(), UnpackError> {
    let way = measure(file, packed, allowed)?;
    let mut file = file;
    file.rewind()?;
    let reader = BufReader::new(file);
    match (packed, way) {
        (Packed::Tar, _) => extract_tar_bz2(reader, folder)?,
        (Packed::Zip, Way::Stream) => extract_conda_via_streaming(reader, folder)?,
        (Packed::Zip, Way::Buffer) => extract_conda_via_buffering(reader, folder)?,
    };
    Ok(())
}

fn measure(mut file: &File, packed: Packed, allowed: u64) -> Result<Way, UnpackError> {
    let size = file.metadata()?.len();
    let gauge = Gauge::new(allowed.max(size.saturating_mul(RATIO)));
    file.rewind()?;
    if packed == Packed::Tar {
        gauge.tar(stream_tar_bz2(BufReader::new(file)).into_inner())?;
        return Ok(Way::Stream);
    }
    let mut reader = BufReader::new(file);
    let streamed = loop {
        match read_zipfile_from_stream(&mut reader) {
            Ok(Some(part)) => gauge.part(part)?,
            Ok(None) => break Ok(Way::Stream),
            Err(ZipError::UnsupportedArchive(_)) => break Err(()),
            Err(error) => return Err(error.into()),
        }
    };
    if streamed.is_err() {
        file.rewind()?;
        let mut archive = ZipArchive::new(BufReader::new(file))?;
        for index in 0..archive.len() {
            gauge.part(archive.by_index(index)?)?;
        }
        return Ok(Way::Buffer);
    }
    Ok(Way::Stream)
}

/// What was counted so far.
struct Gauge {
    allowed: u64,
    bytes: Cell<u64>,
    files: Cell<u64>,
}

impl Gauge {
    fn new(allowed: u64) -> Self {
        Self { allowed, bytes: Cell::new(0), files: Cell::new(0) }
    }

    fn count(&self, bytes: u64) -> Result<(), UnpackError> {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        if self.bytes.get() > self.allowed {
            Err(UnpackError::TooBig(self.allowed))
        } else {
            Ok(())
        }
    }

    /// The text of an error of reading says nothing when the reason was that there is too much.
    fn error(&self, error: io::Error) -> UnpackError {
        self.count(0).err().unwrap_or(UnpackError::Io(error))
    }

    fn part<R: Read>(&self, part: ZipFile<'_, R>) -> Result<(), UnpackError> {
        // Dropped, it would read what is left of it, and that may be the whole of a bomb.
        let mut part = ManuallyDrop::new(part);
        let name = part.mangled_name()?;
        let is_tar =
            name.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".tar.zst"));
        let mut metered = Metered { inner: &mut *part, gauge: self };
        if is_tar {
            let decoder = zstd::stream::read::Decoder::new(metered)?;
            self.tar(decoder)?;
        } else {
            io::copy(&mut metered, &mut sink()).map_err(|error| self.error(error))?;
        }
        drop(ManuallyDrop::into_inner(part));
        Ok(())
    }

    fn tar(&self, decoder: impl Read) -> Result<(), UnpackError> {
        let mut archive = tar::Archive::new(Metered { inner: decoder, gauge: self });
        let most = (self.allowed / BYTES_FOR_A_FILE).max(16);
        for entry in archive.entries().map_err(|error| self.error(error))? {
            let entry = entry.map_err(|error| self.error(error))?;
            let kind = entry.header().entry_type();
            let is_known = kind.is_file()
                || kind.is_dir()
                || kind.is_symlink()
                || kind.is_hard_link()
                || kind.is_contiguous()
                || kind.is_gnu_sparse()
                || kind.is_pax_global_extensions();
            if !is_known {
                let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                return Err(UnpackError::Device(name));
            }
            self.files.set(self.files.get() + 1);
            if self.files.get() > most {
                return Err(UnpackError::TooMany(most));
            }
            // A sparse file is longer than what the archive has of it.
            if kind.is_gnu_sparse() {
                self.count(entry.size())?;
            }
        }
        // What comes after the end of the archive is read by whoever unpacks it.
        io::copy(&mut archive.into_inner(), &mut sink()).map_err(|error| self.error(error))?;
        Ok(())
    }
}

/// Counts what is read.
struct Metered<'a, R> {
    inner: R,
    gauge: &'a Gauge,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.gauge.count(read as u64).map_err(io::Error::other)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::write::SimpleFileOptions;

    use super::*;

    fn tar(files: &[(&str, usize)]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, size) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(*size as u64);
            header.set_mode(0o644);
            header.set_cksum();
            tar.append_data(&mut header, name, io::repeat(0).take(*size as u64)).unwrap();
        }
        tar.into_inner().unwrap()
    }

    fn conda(parts: &[(&str, &[u8])]) -> File {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let stored =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (name, bytes) in parts {
            zip.start_file(*name, stored).unwrap();
            zip.write_all(bytes).unwrap();
        }
        file(&zip.finish().unwrap().into_inner())
    }

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn zst(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).unwrap()
    }

    fn said(file: &File, packed: Packed, allowed: u64) -> String {
        let folder = tempfile::tempdir().unwrap();
        match unpack(file, packed, allowed, folder.path()) {
            Ok(()) => format!("{} entries", fs_err::read_dir(folder.path()).unwrap().count()),
            Err(error) => {
                // Nothing was unpacked.
                assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 0);
                error.to_string()
            }
        }
    }

    #[test]
    fn an_archive_unpacks_to_what_it_may() {
        let bomb = zst(&tar(&[("a", 8 << 20), ("b", 1)]));
        let archive = conda(&[("pkg-app.tar.zst", &bomb)]);
        assert_eq!(said(&archive, Packed::Zip, 4 << 20), "it unpacks to more than 4 MiB");
        assert_eq!(said(&archive, Packed::Zip, 16 << 20), "2 entries");
    }

    #[test]
    fn what_nobody_unpacks_counts_as_well() {
        let mut trailer = tar(&[("a", 1)]);
        trailer.extend(vec![0; 8 << 20]);
        let many: Vec<(String, usize)> = (0..3000).map(|n| (format!("f{n}"), 0)).collect();
        let many: Vec<(&str, usize)> = many.iter().map(|(name, size)| (&**name, *size)).collect();
        let small = zst(&tar(&[("a", 1)]));
        for (archive, expected) in [
            (conda(&[("pkg-a.tar.zst", &zst(&trailer))]), "it unpacks to more than 4 MiB"),
            (conda(&[("pkg-a.tar.zst", &zst(&tar(&many)))]), "it unpacks to more than 2048 files"),
            // Each of many parts is small.
            (
                conda(&[
                    ("1.tar.zst", &zst(&tar(&[("a", 3 << 20)]))),
                    ("2.tar.zst", &zst(&tar(&[("b", 3 << 20)]))),
                ]),
                "it unpacks to more than 4 MiB",
            ),
            (conda(&[("metadata.json", b"{}"), ("pkg-a.tar.zst", &small)]), "1 entries"),
        ] {
            assert_eq!(said(&archive, Packed::Zip, 4 << 20), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_devices_are_no_files_of_packages() {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Fifo);
        header.set_size(0);
        header.set_cksum();
        tar.append_data(&mut header, "info/index.json", io::empty()).unwrap();
        let archive = conda(&[("info-a.tar.zst", &zst(&tar.into_inner().unwrap()))]);
        let said = said(&archive, Packed::Zip, 4 << 20);
        assert_eq!(said, "`info/index.json` in it is neither a file nor a folder nor a link");
    }
}
