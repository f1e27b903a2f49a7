//! Names the S3 operation that a method, a path and a query mean; S3 is the one service that does not say it.

use crate::service::Request;
use http::Method;

/// The operation's name, for example `PutObject`.
pub(super) fn name(request: &Request) -> &'static str {
    let query = Query(request.uri().query().unwrap_or_default());
    match level(request) {
        Level::Service => "ListBuckets",
        Level::Bucket => bucket(request.method(), &query),
        Level::Object => object(request, &query),
    }
}

enum Level {
    Service,
    Bucket,
    Object,
}

fn level(request: &Request) -> Level {
    let path = request.uri().path().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    match (bucket_in_host(request), bucket.is_empty(), key.is_empty()) {
        (true, true, _) | (false, false, true) => Level::Bucket,
        (true, false, _) | (false, false, false) => Level::Object,
        (false, true, _) => Level::Service,
    }
}

/// `backups.s3.us-east-1.amazonaws.com` names the bucket in the host; `s3.…` and loopback addresses do not.
fn bucket_in_host(request: &Request) -> bool {
    let header = request.headers().get(http::header::HOST).and_then(|value| value.to_str().ok());
    let host = header.or_else(|| request.uri().host()).unwrap_or_default();
    host.split_once(".s3.").is_some() || host.split_once(".s3-").is_some()
}

struct Query<'a>(&'a str);

impl Query<'_> {
    fn has(&self, name: &str) -> bool {
        self.0.split('&').any(|pair| pair.split('=').next() == Some(name))
    }
}

/// Sub-resources of a bucket: the query's key and what PUT, GET and DELETE of it are called.
const BUCKET: [(&str, [&str; 3]); 11] = [
    ("versioning", ["PutBucketVersioning", "GetBucketVersioning", ""]),
    ("policy", ["PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"]),
    ("acl", ["PutBucketAcl", "GetBucketAcl", ""]),
    ("tagging", ["PutBucketTagging", "GetBucketTagging", "DeleteBucketTagging"]),
    ("notification", ["PutBucketNotificationConfiguration", "GetBucketNotificationConfiguration", ""]),
    ("encryption", ["PutBucketEncryption", "GetBucketEncryption", "DeleteBucketEncryption"]),
    (
        "lifecycle",
        ["PutBucketLifecycleConfiguration", "GetBucketLifecycleConfiguration", "DeleteBucketLifecycle"],
    ),
    ("object-lock", ["PutObjectLockConfiguration", "GetObjectLockConfiguration", ""]),
    ("publicAccessBlock", ["PutPublicAccessBlock", "GetPublicAccessBlock", "DeletePublicAccessBlock"]),
    ("ownershipControls", ["PutBucketOwnershipControls", "GetBucketOwnershipControls", ""]),
    ("location", ["", "GetBucketLocation", ""]),
];

/// Sub-resources of an object, in the same form.
const OBJECT: [(&str, [&str; 3]); 4] = [
    ("tagging", ["PutObjectTagging", "GetObjectTagging", "DeleteObjectTagging"]),
    ("legal-hold", ["PutObjectLegalHold", "GetObjectLegalHold", ""]),
    ("retention", ["PutObjectRetention", "GetObjectRetention", ""]),
    ("attributes", ["", "GetObjectAttributes", ""]),
];

fn sub_resource(
    table: &[(&str, [&'static str; 3])],
    method: &Method,
    query: &Query<'_>,
) -> Option<&'static str> {
    let column = match *method {
        Method::PUT => 0,
        Method::GET => 1,
        Method::DELETE => 2,
        _ => return None,
    };
    let (_, names) = table.iter().find(|(name, _)| query.has(name))?;
    Some(names[column])
}

fn bucket(method: &Method, query: &Query<'_>) -> &'static str {
    if let Some(name) = sub_resource(&BUCKET, method, query) {
        return name;
    }
    match *method {
        Method::PUT => "CreateBucket",
        Method::DELETE => "DeleteBucket",
        Method::HEAD => "HeadBucket",
        Method::POST if query.has("delete") => "DeleteObjects",
        Method::GET if query.has("uploads") => "ListMultipartUploads",
        Method::GET if query.has("versions") => "ListObjectVersions",
        Method::GET if query.has("list-type") => "ListObjectsV2",
        Method::GET => "ListObjects",
        _ => "",
    }
}

fn object(request: &Request, query: &Query<'_>) -> &'static str {
    if let Some(name) = sub_resource(&OBJECT, request.method(), query) {
        return name;
    }
    let copies = request.headers().contains_key("x-amz-copy-source");
    match *request.method() {
        Method::PUT if query.has("uploadId") && copies => "UploadPartCopy",
        Method::PUT if query.has("uploadId") => "UploadPart",
        Method::PUT if copies => "CopyObject",
        Method::PUT => "PutObject",
        Method::POST if query.has("uploads") => "CreateMultipartUpload",
        Method::POST => "CompleteMultipartUpload",
        Method::GET if query.has("uploadId") => "ListParts",
        Method::GET => "GetObject",
        Method::HEAD => "HeadObject",
        Method::DELETE if query.has("uploadId") => "AbortMultipartUpload",
        Method::DELETE => "DeleteObject",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn check(method: &str, host: &str, uri: &str, expected: &str) {
        let request =
            http::Request::builder().method(method).uri(uri).header("host", host).body(Bytes::new()).unwrap();
        assert_eq!(name(&request), expected, "{method} {host} {uri}");
    }

    #[test]
    fn operations_are_named_in_both_addressing_styles() {
        check("GET", "localhost:4566", "/", "ListBuckets");
        check("PUT", "localhost:4566", "/backups", "CreateBucket");
        check("PUT", "localhost:4566", "/backups/a/b.rdb", "PutObject");
        check("GET", "backups.s3.us-east-1.amazonaws.com", "/?list-type=2", "ListObjectsV2");
        check("GET", "backups.s3.us-east-1.amazonaws.com", "/a.rdb", "GetObject");
        check("GET", "s3.us-east-1.amazonaws.com", "/backups/a.rdb", "GetObject");
        check("PUT", "localhost", "/backups/a?partNumber=1&uploadId=x", "UploadPart");
        check("GET", "localhost", "/backups?policy", "GetBucketPolicy");
        check("PUT", "localhost", "/backups/a?tagging", "PutObjectTagging");
    }
}
