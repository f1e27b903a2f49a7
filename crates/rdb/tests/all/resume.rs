//! A reader saved at any place and resumed elsewhere comes to the same verdict.

use cachekeep_rdb::{Level, Reader, Rule, Saved};

use crate::zoo::{read, zoo};

/// Saves through JSON, as a ledger would hold it.
fn pass_on(saved: &Saved) -> (Saved, usize) {
    let json = serde_json::to_string(saved).unwrap();
    (serde_json::from_str(&json).unwrap(), json.len())
}

#[test]
fn a_reader_resumes_at_every_byte_with_less_than_a_kilobyte() {
    for animal in zoo() {
        let file = animal.read();
        for level in [Level::Checksum, Level::Structure, Level::Deep] {
            let whole = read(&file, level, usize::MAX);
            let mut reader = Reader::new(level);
            for at in 0..=file.len() {
                let (saved, size) = pass_on(&reader.save());
                assert!(size < 1024, "{} saved in {size} bytes", animal.file);
                let position = usize::try_from(saved.position()).unwrap();
                assert!(position <= at);
                let mut resumed = Reader::resume(saved);
                assert_eq!(resumed.position(), position as u64);
                if at % 5 == 0 || file.len() < 1000 {
                    resumed.push(&file[position..]).unwrap();
                    let mut verdict = resumed.finish();
                    // Level deep tells of keys on both sides of the place.
                    verdict.warnings.retain(|warning| warning.rule != Rule::KeysNotCompared);
                    assert_eq!(verdict, whole, "{} resumed at {at}", animal.file);
                }
                if let Some(byte) = file.get(at..=at) {
                    reader.push(byte).unwrap();
                }
            }
        }
    }
}

#[test]
fn a_reader_that_is_put_away_at_every_byte_still_comes_to_the_end() {
    for animal in zoo().into_iter().filter(|animal| animal.file.contains("tiny")) {
        let file = animal.read();
        let mut reader = Reader::new(Level::Structure);
        let mut goal = 0;
        while goal < file.len() {
            // Each reader gets at least as far as the one before and a little further.
            goal = (goal + 1).min(file.len());
            let from = usize::try_from(reader.position()).unwrap();
            reader.push(&file[from..goal]).unwrap();
            reader = Reader::resume(pass_on(&reader.save()).0);
        }
        let from = usize::try_from(reader.position()).unwrap();
        reader.push(&file[from..]).unwrap();
        assert_eq!(reader.finish(), read(&file, Level::Structure, usize::MAX));
    }
}

#[test]
fn a_broken_reader_stays_broken_when_it_is_resumed() {
    let mut reader = Reader::new(Level::Structure);
    let error = reader.push(b"REDIS0011\xf0").unwrap_err();
    let mut resumed = Reader::resume(pass_on(&reader.save()).0);
    assert_eq!(resumed.push(b"\xff"), Err(error.clone()));
    assert_eq!(resumed.finish().error, Some(error));
}

#[test]
fn text_that_is_not_a_saved_reader_is_refused() {
    let saved = String::from(Reader::new(Level::Structure).save());
    for text in ["", "a", "b!!", &saved[..saved.len() - 2], &format!("a{}", &saved[1..])] {
        assert!(Saved::try_from(text.to_owned()).is_err(), "{text}");
    }
}
