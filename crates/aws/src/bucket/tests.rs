//! Buckets, as S3 answers.
