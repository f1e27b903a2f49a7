//! S3 through the SDK.

mod locks;
mod multipart;
mod objects;
mod places;
mod policies;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

pub(crate) fn body(text: &str) -> ByteStream {
    ByteStream::from(text.as_bytes().to_vec())
}

pub(crate) async fn read(client: &Client, bucket: &str, key: &str) -> String {
    let found = client.get_object().bucket(bucket).key(key).send().await.unwrap();
    String::from_utf8(found.body.collect().await.unwrap().to_vec()).unwrap()
}

pub(crate) async fn put(client: &Client, bucket: &str, key: &str, text: &str) -> Option<String> {
    client.put_object().bucket(bucket).key(key).body(body(text)).send().await.unwrap().version_id
}

pub(crate) async fn versioned(client: &Client, bucket: &str) {
    use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
    client.create_bucket().bucket(bucket).send().await.unwrap();
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    client.put_bucket_versioning().bucket(bucket).versioning_configuration(on).send().await.unwrap();
}
