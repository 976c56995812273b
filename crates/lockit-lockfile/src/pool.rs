//! Equal records of many lockfiles, each of them once in memory.
//!
//! Environments of a project have most of their packages in common, and every lockfile says everything of each again.
//! Who reads many of them keeps a pool: what was read from a text is what the same text says in the next file.

use std::convert::Infallible;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::Record;

/// Records by the texts that they were read from.
#[derive(Debug, Default)]
pub struct Pool {
    known: FxHashMap<Box<str>, Pooled>,
    /// Where texts of several parts are put together.
    joined: String,
}

/// A record, and what reading it told.
#[derive(Debug, Clone)]
pub(crate) struct Pooled {
    pub(crate) record: Arc<Record>,
    /// Whether its text held a credential that is written out, which the record does not.
    pub(crate) had_secret: bool,
}

impl Pooled {
    /// A record as it was read; `had_secret` tells what reading it has left out already.
    pub(crate) fn new(mut record: Record, had_secret: bool) -> Self {
        let dropped = record.drop_secrets();
        Self { record: Arc::new(record), had_secret: had_secret || dropped }
    }
}

impl Pool {
    /// The record of a text. It is read when the text is a new one.
    pub(crate) fn get<E>(
        &mut self,
        text: &str,
        read: impl FnOnce() -> Result<Pooled, E>,
    ) -> Result<Pooled, E> {
        if let Some(known) = self.known.get(text) {
            return Ok(known.clone());
        }
        let new = read()?;
        self.known.insert(text.into(), new.clone());
        Ok(new)
    }

    /// The record of a text of two lines that stand apart in a file.
    pub(crate) fn get_of_two(&mut self, lines: [&str; 2], read: impl FnOnce() -> Pooled) -> Pooled {
        let mut joined = std::mem::take(&mut self.joined);
        joined.clear();
        joined.extend([lines[0], "\n", lines[1]]);
        let Ok(pooled) = self.get(&joined, || Ok::<_, Infallible>(read()));
        self.joined = joined;
        pooled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Pooled, ()> {
        Record::from_url(text).map(|record| Pooled::new(record, false)).ok_or(())
    }

    #[test]
    fn equal_texts_are_one_record_and_others_are_not() {
        let mut pool = Pool::default();
        let mut get = |text: &str| pool.get(text, || read(text)).unwrap().record;
        let one = get("https://h/c/noarch/a-1-0.conda");
        assert!(Arc::ptr_eq(&one, &get("https://h/c/noarch/a-1-0.conda")));
        assert_eq!(get("https://h/c/noarch/a-1-1.conda").build, "1");
        assert!(pool.get("x", || read("x")).is_err());
    }

    #[test]
    fn both_lines_count() {
        let mut pool = Pool::default();
        let mut get = |lines: [&str; 2]| {
            let read = || {
                let depends = Some(vec![lines[1].to_owned()]);
                Pooled::new(
                    Record { name: lines[0].to_owned(), depends, ..Record::default() },
                    false,
                )
            };
            pool.get_of_two(lines, read).record
        };
        let one = get(["a", "b"]);
        assert!(Arc::ptr_eq(&one, &get(["a", "b"])));
        assert_eq!(get(["a", "c"]).depends.as_deref(), Some(&["c".to_owned()][..]));
        assert_eq!(get(["c", "b"]).name, "c");
    }

    #[test]
    fn a_secret_is_told_each_time_and_kept_never() {
        let mut pool = Pool::default();
        let read = || {
            let depends = Some(vec!["https://h/t/s3cret/c::a".to_owned()]);
            Ok::<_, ()>(Pooled::new(Record { depends, ..Record::default() }, false))
        };
        for _ in 0..2 {
            let pooled = pool.get("a line", read).unwrap();
            assert!(pooled.had_secret);
            assert!(!format!("{:?}", pooled.record).contains("s3cret"));
        }
    }
}
