//! Passes on the keys of one RDB file one by one and counts them: `keys FILE [GLOB]`. What `cachekeep keys` and
//! `cachekeep memory` cost beside other tools is measured with it (`benches/keys.py`).

use std::{fs::File, io::Read, process::ExitCode};

use cachekeep_rdb::{
    Glob, Level, Reader, Verdict,
    keys::{About, Listener, Measured},
    memory::{Server, estimate},
    write::Head,
};

/// Bytes read at a time; more gains nothing (docs/measured.md 4).
const PIECE: usize = 256 * 1024;

#[derive(Default)]
struct Counts {
    about: About,
    head: Option<Head>,
    keys: u64,
    elements: u64,
    memory: u64,
}

impl Listener for Counts {
    fn about(&mut self, about: &About) {
        self.about = about.clone();
    }

    fn key(&mut self, head: Head) {
        self.head = Some(head);
    }

    fn function(&mut self) {}

    fn bytes(&mut self, _: &[u8]) {}

    fn measured(&mut self, measured: &Measured) {
        if let Some(head) = &self.head {
            self.keys += 1;
            self.elements += measured.elements.unwrap_or_default();
            self.memory += estimate(head, measured, Server::of(&self.about));
        }
    }

    fn end(&mut self) {}
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, glob) = match arguments.as_slice() {
        [path] => (path, None),
        [path, glob] => (path, Some(Glob::new(glob.as_bytes()))),
        _ => return answer("usage: keys FILE [GLOB]", 2),
    };
    match read(path, glob) {
        Ok((counts, verdict)) => {
            let Counts { keys, elements, memory, .. } = counts;
            let text = format!("{keys} keys, {elements} elements, about {memory} bytes in memory\n{verdict}");
            answer(&text, if verdict.valid { 0 } else { 3 })
        }
        Err(error) => answer(&format!("failed to read {path}: {error}"), 1),
    }
}

fn read(path: &str, glob: Option<Glob>) -> std::io::Result<(Counts, Verdict)> {
    let (mut file, mut counts) = (File::open(path)?, Counts::default());
    let wanted = move |_, key: &[u8]| glob.as_ref().is_none_or(|glob| glob.fits(key));
    let mut reader = Reader::listening(Level::Structure, Box::new(wanted), false);
    let mut piece = vec![0; PIECE];
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 || reader.push_to(&piece[..count], &mut counts).is_err() {
            return Ok((counts, reader.finish()));
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is a command")]
fn answer(text: &str, code: u8) -> ExitCode {
    println!("{}", text.trim_end());
    ExitCode::from(code)
}
