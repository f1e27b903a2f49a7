//! `cachekeep verify`: is this RDB file whole?

mod object;
pub(crate) mod source;

use std::io::{self, Read as _};

use cachekeep_rdb::{DECIDES, Foreign, Level, Reader, Verdict};

use crate::aws::AwsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::progress::Progress;
use crate::render;
pub(crate) use source::{ObjectUrl, Source};

/// Bytes that are read at once: with more, calls cost no less (docs/measured.md 4), and they no longer stay in a core's cache.
pub(crate) const PIECE: usize = 256 * 1024;

const HELP: &str = "\
Levels, each with the ones before it:
  presence   magic, end marker and trailer are there
  checksum   the CRC-64 over every byte is the trailer's
  structure  every opcode, length and packed value is walked to its end; members and fields come once
  deep       compressed values are opened; packed elements and keys come once

Examples:
  cachekeep verify dump.rdb
  cachekeep verify s3://backups/redis/orders-0001.rdb --level deep --json
  cachekeep verify backup/*.rdb
  gzip -dc dump.rdb.gz | cachekeep verify -

Exit code 3 is a broken file, 1 a file that could not be read. What is no RDB file is told by its first bytes and
read no further.

Output with --json, of several files a list with \"source\" in each:
  {\"valid\": true, \"level\": \"structure\", \"checksum\": \"ok\"|\"bad\"|\"absent\"|\"unread\",
   \"rdb_version\": 12, \"bytes\": 1234, \"created_at\": \"2026-11-21T06:04:10Z\",
   \"databases\": [{\"db\": 0, \"keys\": 9, \"expires\": 1, \"types\": {\"string\": 8, \"hash\": 1}}],
   \"error\": null|{\"offset\": 100, \"key\": \"orders:1\", \"message\": \"...\"},
   \"warnings\": [{\"rule\": \"wide-back-length\", \"key\": \"events\", \"offset\": 100, \"message\": \"...\",
                 \"refused_by\": null|\"valkey 9.1 and later\", \"count\": 3}], ...}
A checksum that is ok beside an error means that the server wrote the file so; bad, that bytes were lost or changed since.";

/// What reading one source came to.
pub(crate) struct Verified {
    /// The source.
    pub(crate) source: Source,
    /// The verdict.
    pub(crate) verdict: Verdict,
    /// What it is, where it is no RDB file.
    pub(crate) foreign: Option<Foreign>,
}

/// Reads an RDB file to its last byte and says whether it is whole.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Files, `-` for standard input, or objects in S3.
    #[arg(value_name = "FILE|-|s3://BUCKET/KEY", required = true)]
    sources: Vec<Source>,
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
        let (mut verified, mut exit) = (Vec::new(), Exit::Fine);
        for source in &self.sources {
            match self.verify(source) {
                Ok(one) => {
                    exit = exit.or(Exit::healthy_if(one.verdict.valid));
                    if !self.json {
                        render::text(&render::verify::report(&one))?;
                    }
                    verified.push(one);
                }
                Err(failure) if self.sources.len() == 1 => return Err(failure),
                // The others may be read all the same.
                Err(failure) => {
                    render::failure(&failure);
                    exit = Exit::Failed;
                }
            }
        }
        if self.json {
            self.print(&verified)?;
        }
        Ok(exit)
    }

    /// An object for one source, a list for several.
    fn print(&self, verified: &[Verified]) -> Result<(), Failure> {
        match verified {
            [one] if self.sources.len() == 1 => render::json(&render::verify::Json::of_one(one)),
            all => render::json(&all.iter().map(render::verify::Json::of_several).collect::<Vec<_>>()),
        }
    }

    fn verify(&self, source: &Source) -> Result<Verified, Failure> {
        let (mut reader, mut head, mut foreign) = (Reader::new(self.level), Vec::new(), None);
        let poured = pour(source, &self.aws, &mut |piece| {
            if head.len() < DECIDES {
                head.extend_from_slice(&piece[..piece.len().min(DECIDES - head.len())]);
                foreign = Foreign::of(&head);
            }
            // A broken file is read to its end all the same, since its checksum tells damage from a format that is too new.
            // The verdict says what is broken.
            _ = reader.push(piece);
            if foreign.is_some() { Err(Failure::Stopped) } else { Ok(()) }
        });
        if let Some(foreign) = foreign {
            let verdict = Verdict::foreign(self.level, foreign, head.len() as u64);
            return Ok(Verified { source: source.clone(), verdict, foreign: Some(foreign) });
        }
        poured?;
        if head.is_empty() && *source == Source::Input(Input::Stdin) {
            let nothing = io::Error::new(io::ErrorKind::UnexpectedEof, "nothing came: it is closed or empty");
            return Err(Input::Stdin.failed(nothing));
        }
        Ok(Verified { source: source.clone(), verdict: reader.finish(), foreign: None })
    }
}

/// Takes the bytes of a source in order, in pieces.
pub(crate) type Take<'t> = &'t mut dyn FnMut(&[u8]) -> Result<(), Failure>;

/// Reads a source to its end, and shows how far it has come.
pub(crate) fn pour(source: &Source, aws: &AwsArgs, take: Take<'_>) -> Result<(), Failure> {
    match source {
        Source::Input(input) => pour_input(input, take),
        Source::Object(object) => object::pour(aws, object, take),
    }
}

fn pour_input(input: &Input, take: Take<'_>) -> Result<(), Failure> {
    let (mut file, size) = input.open()?;
    let (mut piece, mut progress) = (vec![0; PIECE], Progress::of(size));
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                take(&piece[..count])?;
                progress.add(count);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(input.failed(error)),
        }
    }
}
