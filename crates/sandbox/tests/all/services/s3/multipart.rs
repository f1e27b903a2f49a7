//! Multipart uploads.

use super::read;
use crate::services::kit::Kit;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

const MIB: usize = 1024 * 1024;
const FIVE_MIB: i64 = 5 * 1024 * 1024;

async fn kit() -> (Kit, Client, String) {
    let kit = Kit::new();
    let client = kit.s3();
    client.create_bucket().bucket("backups").send().await.unwrap();
    let begun = client
        .create_multipart_upload()
        .bucket("backups")
        .key("big")
        .metadata("a", "b")
        .send()
        .await
        .unwrap();
    (kit, client, begun.upload_id.unwrap())
}

async fn part(client: &Client, id: &str, number: i32, bytes: Vec<u8>) -> CompletedPart {
    let upload = client.upload_part().bucket("backups").key("big").upload_id(id).part_number(number);
    let done = upload.body(ByteStream::from(bytes)).send().await.unwrap();
    CompletedPart::builder().part_number(number).set_e_tag(done.e_tag).build()
}

async fn complete(client: &Client, id: &str, parts: Vec<CompletedPart>) -> Result<String, String> {
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete =
        client.complete_multipart_upload().bucket("backups").key("big").upload_id(id).multipart_upload(parts);
    let done = complete.send().await.map_err(|error| error.code().unwrap_or_default().to_owned())?;
    Ok(done.e_tag.unwrap())
}

#[tokio::test(start_paused = true)]
async fn parts_become_one_object_with_an_etag_that_counts_them() {
    let (_kit, client, id) = kit().await;
    let first = part(&client, &id, 1, vec![b'a'; 5 * MIB]).await;
    let second = part(&client, &id, 2, b"end".to_vec()).await;
    let listed = client.list_parts().bucket("backups").key("big").upload_id(&id).send().await.unwrap();
    assert_eq!(listed.parts().iter().map(|part| part.size().unwrap()).collect::<Vec<_>>(), [FIVE_MIB, 3]);
    let etag = complete(&client, &id, vec![first, second]).await.unwrap();
    assert!(etag.ends_with("-2\""), "{etag}");
    let head = client.head_object().bucket("backups").key("big").send().await.unwrap();
    assert_eq!((head.content_length(), head.metadata().unwrap()["a"].as_str()), (Some(FIVE_MIB + 3), "b"));
    assert_eq!(complete(&client, &id, vec![]).await, Err("NoSuchUpload".into()));
}

#[tokio::test(start_paused = true)]
async fn ranges_of_an_object_are_copied_into_parts_on_the_server() {
    let (_kit, client, id) = kit().await;
    let text: String = "0123456789".repeat(600 * 1024);
    let source =
        client.put_object().bucket("backups").key("source").body(ByteStream::from(text.clone().into_bytes()));
    source.send().await.unwrap();
    let mut parts = Vec::new();
    for (number, range) in
        [(1, format!("bytes=0-{}", 5 * MIB - 1)), (2, format!("bytes={}-{}", 5 * MIB, text.len() - 1))]
    {
        let copy = client.upload_part_copy().bucket("backups").key("big").upload_id(&id).part_number(number);
        let done = copy.copy_source("backups/source").copy_source_range(range).send().await.unwrap();
        let etag = done.copy_part_result.unwrap().e_tag;
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(etag).build());
    }
    complete(&client, &id, parts).await.unwrap();
    assert!(read(&client, "backups", "big").await == text);
    let beyond = client
        .create_multipart_upload()
        .bucket("backups")
        .key("big")
        .send()
        .await
        .unwrap()
        .upload_id
        .unwrap();
    let copy = client.upload_part_copy().bucket("backups").key("big").upload_id(beyond).part_number(1);
    let refused =
        copy.copy_source("backups/source").copy_source_range("bytes=0-99999999").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidArgument"));
}

#[tokio::test(start_paused = true)]
async fn a_completion_that_does_not_fit_the_parts_is_refused() {
    let (_kit, client, id) = kit().await;
    let small = part(&client, &id, 1, b"small".to_vec()).await;
    let last = part(&client, &id, 2, b"last".to_vec()).await;
    assert_eq!(complete(&client, &id, vec![small.clone(), last.clone()]).await, Err("EntityTooSmall".into()));
    assert_eq!(complete(&client, &id, vec![last, small]).await, Err("InvalidPartOrder".into()));
    let unknown = CompletedPart::builder().part_number(7).e_tag("x").build();
    assert_eq!(complete(&client, &id, vec![unknown]).await, Err("InvalidPart".into()));
}

#[tokio::test(start_paused = true)]
async fn an_aborted_upload_leaves_nothing() {
    let (kit, client, id) = kit().await;
    part(&client, &id, 1, b"x".to_vec()).await;
    let listed = client.list_multipart_uploads().bucket("backups").send().await.unwrap();
    assert_eq!(listed.uploads()[0].upload_id(), Some(id.as_str()));
    client.abort_multipart_upload().bucket("backups").key("big").upload_id(&id).send().await.unwrap();
    let listed = client.list_multipart_uploads().bucket("backups").send().await.unwrap();
    assert_eq!(listed.uploads().len(), 0);
    assert!(!kit.directory.join(".s3").exists());
}
