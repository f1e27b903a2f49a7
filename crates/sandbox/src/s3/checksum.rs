//! Checksums of objects: computed, compared with what the client says, and combined for multipart uploads.

use super::refusal::refuse;
use aws_smithy_types::base64;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::dto;
use s3s::{S3ErrorCode, S3Result};
use std::fmt::Write;

/// The algorithms that S3 knows, each of which an object may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// Whether a checksum is of the object or of its parts' checksums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Coverage {
    #[default]
    FullObject,
    Composite,
}

/// An object's checksums, base64 as on the wire.
#[derive(Clone, Debug, Default)]
pub(super) struct Checksums {
    pub(super) values: dto::Checksum,
    pub(super) coverage: Coverage,
}

/// What a client says its bytes sum up to.
#[derive(Clone, Debug, Default)]
pub(super) struct Claimed {
    pub(super) checksum: dto::Checksum,
    pub(super) md5: Option<String>,
}

/// Takes the checksums out of an input that carries all of them.
macro_rules! claimed {
    ($input:expr, $md5:expr) => {
        $crate::s3::checksum::Claimed {
            checksum: s3s::dto::Checksum {
                checksum_crc32: $input.checksum_crc32.take(),
                checksum_crc32c: $input.checksum_crc32c.take(),
                checksum_crc64nvme: $input.checksum_crc64nvme.take(),
                checksum_sha1: $input.checksum_sha1.take(),
                checksum_sha256: $input.checksum_sha256.take(),
                ..Default::default()
            },
            md5: $md5,
        }
    };
}
pub(super) use claimed;

/// Puts checksums into an answer that can carry all of them.
macro_rules! show_checksums {
    ($output:expr, $values:expr) => {{
        let values: &s3s::dto::Checksum = &$values;
        $output.checksum_crc32 = values.checksum_crc32.clone();
        $output.checksum_crc32c = values.checksum_crc32c.clone();
        $output.checksum_crc64nvme = values.checksum_crc64nvme.clone();
        $output.checksum_sha1 = values.checksum_sha1.clone();
        $output.checksum_sha256 = values.checksum_sha256.clone();
    }};
}
pub(super) use show_checksums;

impl Algorithm {
    const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    fn slot(self, values: &dto::Checksum) -> Option<&String> {
        match self {
            Self::Crc32 => values.checksum_crc32.as_ref(),
            Self::Crc32c => values.checksum_crc32c.as_ref(),
            Self::Crc64Nvme => values.checksum_crc64nvme.as_ref(),
            Self::Sha1 => values.checksum_sha1.as_ref(),
            Self::Sha256 => values.checksum_sha256.as_ref(),
        }
    }

    fn slot_mut(self, values: &mut dto::Checksum) -> &mut Option<String> {
        match self {
            Self::Crc32 => &mut values.checksum_crc32,
            Self::Crc32c => &mut values.checksum_crc32c,
            Self::Crc64Nvme => &mut values.checksum_crc64nvme,
            Self::Sha1 => &mut values.checksum_sha1,
            Self::Sha256 => &mut values.checksum_sha256,
        }
    }

    pub(super) fn of(self, bytes: &[u8]) -> dto::Checksum {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::new()),
        }
        hasher.update(bytes);
        hasher.finalize()
    }
}

/// An MD5 in hexadecimal, as etags are written.
pub(super) fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::checksum(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The etag of a multipart object: the MD5 of its parts' MD5s, and their number.
pub(super) fn multipart_etag(parts: &[String]) -> String {
    let raw: Vec<u8> = parts.iter().flat_map(|etag| unhex(etag)).collect();
    format!("{}-{}", md5_hex(&raw), parts.len())
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Compares the claims with the bytes. Returns the checksums to keep: those claimed, or S3's own default.
pub(super) fn verify(claimed: &Claimed, asked: Option<Algorithm>, body: &[u8]) -> S3Result<Checksums> {
    if let Some(md5) = &claimed.md5
        && base64::encode(Md5::checksum(body)) != *md5
    {
        return Err(refuse(
            S3ErrorCode::BadDigest,
            "The Content-MD5 you specified did not match what we received.",
        ));
    }
    let mut values = dto::Checksum::default();
    for algorithm in Algorithm::ALL {
        if let Some(claim) = algorithm.slot(&claimed.checksum) {
            let found = algorithm.of(body);
            if algorithm.slot(&found) != Some(claim) {
                return Err(mismatch(algorithm));
            }
            *algorithm.slot_mut(&mut values) = Some(claim.clone());
        }
    }
    if Algorithm::ALL.iter().all(|algorithm| algorithm.slot(&values).is_none()) {
        values = asked.unwrap_or(Algorithm::Crc64Nvme).of(body);
    }
    Ok(Checksums { values, coverage: Coverage::FullObject })
}

fn mismatch(algorithm: Algorithm) -> s3s::S3Error {
    let message = format!("The {} you specified did not match the calculated checksum.", algorithm.name());
    refuse(S3ErrorCode::BadDigest, &message)
}

/// The checksum of the parts' checksums, and their number.
pub(super) fn composite(algorithm: Algorithm, parts: &[&Checksums]) -> Checksums {
    let raw = |part: &&Checksums| algorithm.slot(&part.values).and_then(|value| base64::decode(value).ok());
    let bytes: Vec<u8> = parts.iter().filter_map(raw).flatten().collect();
    let mut values = algorithm.of(&bytes);
    let slot = algorithm.slot_mut(&mut values);
    *slot = slot.take().map(|value| format!("{value}-{}", parts.len()));
    Checksums { values, coverage: Coverage::Composite }
}

impl Checksums {
    pub(super) fn kind(&self) -> dto::ChecksumType {
        dto::ChecksumType::from_static(match self.coverage {
            Coverage::FullObject => dto::ChecksumType::FULL_OBJECT,
            Coverage::Composite => dto::ChecksumType::COMPOSITE,
        })
    }

    /// The algorithms that these are of.
    pub(super) fn algorithms(&self) -> dto::ChecksumAlgorithmList {
        let present = Algorithm::ALL.into_iter().filter(|algorithm| algorithm.slot(&self.values).is_some());
        present.map(|algorithm| dto::ChecksumAlgorithm::from_static(algorithm.name())).collect()
    }
}
