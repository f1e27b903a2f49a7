//! `cachekeep verify`: is this RDB file whole?

mod object;
mod source;

use std::io::{self, Read};

use cachekeep_rdb::{Level, Reader, Verdict};

use crate::aws::AwsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::progress::Progress;
use crate::render;
use source::Source;

/// Bytes that are read at once: with more, calls cost no less (docs/measured.md 4), and they no longer stay in a core's cache.
const PIECE: usize = 256 * 1024;

const HELP: &str = "\
Levels, each with the ones before it:
  presence   magic, end marker and trailer are there
  checksum   the CRC-64 over every byte is the trailer's
  structure  every opcode, length and packed value is walked to its end; members and fields come once
  deep       compressed values are opened; packed elements and keys come once

Examples:
  cachekeep verify dump.rdb
  cachekeep verify s3://backups/redis/orders-0001.rdb --level deep --json
  zcat dump.rdb.gz | cachekeep verify -

Exit code 3 is a broken file, 1 a file that could not be read.

Output with --json:
  {\"valid\": true, \"level\": \"structure\", \"checksum\": \"ok\"|\"bad\"|\"absent\"|\"unread\",
   \"rdb_version\": 12, \"bytes\": 1234,
   \"databases\": [{\"db\": 0, \"keys\": 9, \"expires\": 1, \"types\": {\"string\": 8, \"hash\": 1}}],
   \"error\": null|{\"offset\": 100, \"key\": \"orders:1\", \"message\": \"...\"},
   \"warnings\": [{\"rule\": \"wide-back-length\", \"key\": \"events\", \"offset\": 100, \"message\": \"...\",
                 \"refused_by\": null|\"valkey 9.1 and later\", \"count\": 3}], ...}
A checksum that is ok beside an error means that the server wrote the file so; bad, that bytes were lost or changed since.";

/// Reads an RDB file to its last byte and says whether it is whole.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// A file, `-` for standard input, or an object in S3.
    #[arg(value_name = "FILE|-|s3://BUCKET/KEY")]
    source: Source,
    /// How deeply to read it: presence, checksum, structure or deep.
    #[arg(long, default_value = "structure")]
    level: Level,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

impl Args {
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let verdict = match &self.source {
            Source::Input(input) => read(input, self.level),
            Source::Object(object) => object::read(&self.aws, object, self.level),
        }?;
        if self.json {
            render::json(&verdict)?;
        } else {
            render::text(&render::verify::report(&self.source.to_string(), &verdict))?;
        }
        Ok(Exit::healthy_if(verdict.valid))
    }
}

fn read(input: &Input, level: Level) -> Result<Verdict, Failure> {
    let (file, size) = input.open()?;
    let mut reading = Reading::new(level, size);
    pour(file, &mut reading).map_err(|source| input.failed(source))?;
    Ok(reading.finish())
}

fn pour(mut file: impl Read, reading: &mut Reading) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => reading.push(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A file on its way through the reader, watched.
struct Reading {
    reader: Reader,
    progress: Progress,
}

impl Reading {
    fn new(level: Level, size: Option<u64>) -> Self {
        Self { reader: Reader::new(level), progress: Progress::of(size) }
    }

    fn push(&mut self, bytes: &[u8]) {
        // A broken file is read to its end all the same, since its checksum tells damage from a format that is too new.
        // The verdict says what is broken.
        _ = self.reader.push(bytes);
        self.progress.add(bytes.len());
    }

    fn finish(self) -> Verdict {
        self.reader.finish()
    }
}
