//! Copies of objects beyond what S3 copies in one call, with an S3 that only pretends to hold them.

use super::*;
use crate::canned::{Log, Reply, Sent, clients, clients_in_tokios_time};

/// Twelve parts of 512 MiB and a byte.
const SIZE: u64 = (6 << 30) + 1;

fn s3(sent: &Sent) -> Reply {
    let upload = sent.uri.contains("uploadId=U");
    match sent.method.as_str() {
        "HEAD" => {
            Reply::With(200, vec![("content-length", "6442450945"), ("etag", "\"original\"")], String::new())
        }
        "POST" if upload => {
            Reply::ok("<CompleteMultipartUploadResult><ETag>whole</ETag></CompleteMultipartUploadResult>")
        }
        "POST" => {
            Reply::ok("<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>")
        }
        "PUT" if upload => Reply::ok("<CopyPartResult><ETag>part</ETag></CopyPartResult>"),
        "PUT" => Reply::ok("<CopyObjectResult><ETag>whole</ETag></CopyObjectResult>"),
        "DELETE" => Reply::Answer(204, String::new()),
        other => panic!("unexpected {other} {}", sent.uri),
    }
}

/// The same, but the third part cannot be copied.
fn failing_s3(sent: &Sent) -> Reply {
    if sent.uri.contains("partNumber=3") {
        return Reply::Answer(
            403,
            "<Error><Code>AccessDenied</Code><Message>no</Message></Error>".to_owned(),
        );
    }
    s3(sent)
}

async fn copied(answer: fn(&Sent) -> Reply) -> (Result<Copied, AwsError>, Log) {
    let (clients, log) = clients(answer);
    let to = CopyTo {
        bucket: Bucket::here("vault"),
        key: "copy".to_owned(),
        encryption: Encryption::Kms("key".to_owned()),
        lock_until: Some("2027-04-01T00:00:00Z".parse().unwrap()),
    };
    (copy(&clients, &Bucket::here("exports"), "big", &to).await, log)
}

fn of_method<'a>(sent: &'a [Sent], method: &str) -> Vec<&'a Sent> {
    sent.iter().filter(|sent| sent.method == method).collect()
}

#[tokio::test(start_paused = true)]
async fn a_large_object_is_copied_in_parts_of_the_very_object_that_was_looked_at() {
    let (copied, log) = copied(s3).await;
    assert_eq!(copied.unwrap(), Copied { bytes: SIZE, etag: Some("whole".to_owned()) });
    let sent = log.sent();
    let parts = of_method(&sent, "PUT");
    let ranges: Vec<_> = parts.iter().map(|part| part.headers["x-amz-copy-source-range"].as_str()).collect();
    assert_eq!(
        (ranges.len(), ranges[0], ranges[12]),
        (13, "bytes=0-536870911", "bytes=6442450944-6442450944")
    );
    assert!(parts.iter().all(|part| part.headers["x-amz-copy-source-if-match"] == "\"original\""));
    assert!(parts.iter().all(|part| part.headers["x-amz-copy-source"] == "exports/big"));
    let [begin, complete] = of_method(&sent, "POST").try_into().unwrap();
    assert_eq!(begin.headers["x-amz-server-side-encryption-aws-kms-key-id"], "key");
    assert_eq!(begin.headers["x-amz-object-lock-mode"], "COMPLIANCE");
    assert_eq!(begin.headers["x-amz-object-lock-retain-until-date"], "2027-04-01T00:00:00Z");
    let numbers: Vec<_> = complete.body.match_indices("<PartNumber>").collect();
    assert_eq!(numbers.len(), 13);
    assert!(of_method(&sent, "DELETE").is_empty());
}

/// Every answer begins at once and ends a minute later, as S3's do while it copies.
fn late_s3(sent: &Sent) -> Reply {
    match s3(sent) {
        Reply::Answer(_, body) if sent.method != "DELETE" => Reply::Late(Duration::from_mins(1), body),
        other @ (Reply::Answer(..) | Reply::With(..) | Reply::Late(..) | Reply::Broken(_)) => other,
    }
}

fn vault(key: &str) -> CopyTo {
    CopyTo {
        bucket: Bucket::here("vault"),
        key: key.to_owned(),
        encryption: Encryption::OfTheBucket,
        lock_until: None,
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_ends_only_when_the_copy_is_done_is_not_taken_for_a_stalled_one() {
    // What gives up on such an answer is in force elsewhere: the parts' upload begins without the patience of a copy.
    let (clients, _) = clients_in_tokios_time(late_s3);
    let begun = copy(&clients, &Bucket::here("exports"), "big", &vault("copy")).await;
    let begun = begun.unwrap_err();
    assert_eq!(begun.operation(), "CreateMultipartUpload", "{begun}");

    let only_copies = |sent: &Sent| {
        let begins = sent.method == "POST" && !sent.uri.contains("uploadId=U");
        if begins { s3(sent) } else { late_s3(sent) }
    };
    let (clients, log) = clients_in_tokios_time(only_copies);
    let copied = copy(&clients, &Bucket::here("exports"), "big", &vault("copy")).await.unwrap();
    assert_eq!(copied, Copied { bytes: SIZE, etag: Some("whole".to_owned()) });
    assert_eq!(of_method(&log.sent(), "PUT").len(), 13, "no part was asked for twice");
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_fails_half_way_is_taken_away() {
    let (copied, log) = copied(failing_s3).await;
    assert_eq!(copied.unwrap_err().class(), Class::Denied);
    let sent = log.sent();
    let [abort] = of_method(&sent, "DELETE").try_into().unwrap();
    assert!(abort.uri.contains("uploadId=U"), "{}", abort.uri);
    assert_eq!(of_method(&sent, "POST").len(), 1, "nothing was completed");
}

#[test]
fn parts_cover_the_object_without_gap_or_overlap_and_keep_s3s_limits() {
    for bytes in [WHOLE_LIMIT + 1, 3 * PART, 3 * PART + 1, 40 << 40] {
        let parts: Vec<_> = split(bytes).collect();
        assert!(parts.len() as u64 <= PARTS_LIMIT, "{} parts", parts.len());
        assert_eq!((parts[0].start, parts[parts.len() - 1].end), (0, bytes));
        assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(parts.iter().all(|part| !part.is_empty() && part.end - part.start <= WHOLE_LIMIT));
    }
}

#[test]
fn a_source_key_is_percent_encoded_but_for_its_slashes() {
    let from = source(&Bucket::here("b"), "redis/a b+é-0001.rdb");
    assert_eq!(from, "b/redis/a%20b%2B%C3%A9-0001.rdb");
}
