//! What zstd unpacks to at most, told by the headers of its blocks (RFC 8878, section 3.1) without unpacking anything.

/// The magic number of a frame.
const FRAME: u32 = 0xFD2F_B528;

/// As much as a block can unpack to, in bytes (`Block_Maximum_Size`).
const LARGEST_BLOCK: u64 = 128 * 1024;

/// Goes through packed bytes as they come.
#[derive(Debug)]
pub(crate) struct ZstdSize {
    /// The header that is not complete yet.
    header: Vec<u8>,
    next: Next,
    /// Bytes that say nothing, before that.
    skip: u64,
    most: u64,
}

/// What comes when nothing is to be skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Magic,
    SkippableLength,
    FrameDescriptor,
    Block {
        checksum: bool,
    },
    /// What follows is no zstd, as whoever unpacks it will find.
    Unknown,
    /// An old form that may unpack to anything.
    Anything,
}

impl ZstdSize {
    pub(crate) fn new() -> Self {
        Self { header: Vec::new(), next: Next::Magic, skip: 0, most: 0 }
    }

    /// Takes more bytes, and says what all of them unpack to at most.
    pub(crate) fn add(&mut self, mut bytes: &[u8]) -> u64 {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let there = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
                self.skip -= there as u64;
                bytes = &bytes[there..];
                continue;
            }
            let wanted = match self.next {
                Next::Magic | Next::SkippableLength => 4,
                Next::FrameDescriptor => 1,
                Next::Block { .. } => 3,
                Next::Unknown => return self.most,
                Next::Anything => return u64::MAX,
            };
            let missing = (wanted - self.header.len()).min(bytes.len());
            self.header.extend_from_slice(&bytes[..missing]);
            bytes = &bytes[missing..];
            if self.header.len() == wanted {
                let header =
                    self.header.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
                self.header.clear();
                self.take(header);
            }
        }
        if self.next == Next::Anything { u64::MAX } else { self.most }
    }

    /// One header, as a number.
    fn take(&mut self, header: u32) {
        self.next = match self.next {
            Next::Magic => match header {
                FRAME => Next::FrameDescriptor,
                0x184D_2A50..=0x184D_2A5F => Next::SkippableLength,
                // zstd before 0.8, which the library reads as well.
                0xFD2F_B522..=0xFD2F_B527 | 0x1EB5_2FFD => Next::Anything,
                _ => Next::Unknown,
            },
            Next::SkippableLength => {
                self.skip = u64::from(header);
                Next::Magic
            }
            Next::FrameDescriptor => {
                let single_segment = header & 0x20 != 0;
                let window = u64::from(!single_segment);
                let dictionary = [0, 1, 2, 4][(header & 3) as usize];
                let content_size = match header >> 6 {
                    0 => u64::from(single_segment),
                    1 => 2,
                    2 => 4,
                    _ => 8,
                };
                self.skip = window + dictionary + content_size;
                Next::Block { checksum: header & 4 != 0 }
            }
            Next::Block { checksum } => {
                let size = u64::from(header >> 3);
                let unpacked = match header >> 1 & 3 {
                    0 => {
                        self.skip = size;
                        size
                    }
                    // One byte, so many times.
                    1 => {
                        self.skip = 1;
                        size
                    }
                    2 => {
                        self.skip = size;
                        LARGEST_BLOCK
                    }
                    _ => {
                        self.next = Next::Unknown;
                        return;
                    }
                };
                self.most += unpacked;
                if header & 1 == 0 {
                    self.next
                } else {
                    self.skip += if checksum { 4 } else { 0 };
                    Next::Magic
                }
            }
            end => end,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn most(packed: &[u8], cut: usize) -> u64 {
        let mut size = ZstdSize::new();
        packed.chunks(cut).fold(0, |_, bytes| size.add(bytes))
    }

    /// Packed in every way that a server may have: in one piece, with and without a checksum and the size, at several levels,
    /// and with what cannot be packed.
    #[test]
    fn it_is_never_less_than_what_comes_out_and_not_much_more() {
        let noise: Vec<u8> =
            (0_u32..700_000).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
        let text = "{\"name\": \"a\", \"version\": \"1.0\"}, ".repeat(30_000).into_bytes();
        for data in [vec![0; 900_000], noise, text, Vec::new(), b"a".to_vec()] {
            for level in [1, 3, 19] {
                let mut streamed = zstd::Encoder::new(Vec::new(), level).unwrap();
                streamed.include_checksum(true).unwrap();
                streamed.write_all(&data).unwrap();
                let streamed = streamed.finish().unwrap();
                let whole = zstd::bulk::compress(&data, level).unwrap();
                for packed in [&streamed, &whole] {
                    for cut in [1, 5, 1000, packed.len()] {
                        let most = most(packed, cut);
                        let length = data.len() as u64;
                        assert!(most >= length, "{level} {cut}: {most} < {length}");
                        // Newer libraries make smaller blocks where that packs better; indexes of conda-forge come to 1.2 times.
                        let too_much = 16 * length + 2 * LARGEST_BLOCK;
                        assert!(most <= too_much, "{level} {cut}: {most} for {length}");
                    }
                }
                let twice = [streamed.clone(), whole, streamed].concat();
                assert!(most(&twice, 17) >= 3 * data.len() as u64);
            }
        }
    }

    #[test]
    fn what_is_skipped_and_what_is_no_zstd_count_nothing() {
        let mut packed = vec![0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        packed.extend(zstd::encode_all(&[7; 100][..], 3).unwrap());
        assert!((100..=LARGEST_BLOCK).contains(&most(&packed, 2)));
        assert_eq!(most(b"<html>no such thing</html>", 4), 0);
        // Of zstd 0.7.
        assert_eq!(most(&[0x27, 0xB5, 0x2F, 0xFD, 0], 5), u64::MAX);
    }
}
