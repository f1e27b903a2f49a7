//! Who asks: read from the signature's scope, which is believed without being verified.

use crate::account::Account;
use crate::service::Request;

/// Who signed a request, and for which region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    /// An access key id of twelve digits is an account of its own; every other key belongs to the sandbox's account.
    pub(super) account: String,
    /// The region in the scope; sigv4a signs for none.
    pub(super) region: Option<String>,
    /// The region that the host name names, as `s3.eu-west-1.amazonaws.com` does.
    pub(super) endpoint: Option<String>,
}

impl Caller {
    pub(super) fn of(request: &Request, home: &Account) -> Self {
        let scope = scope(request);
        let parts: Vec<&str> = scope.split('/').collect();
        let key = parts.first().copied().unwrap_or_default();
        // `key/date/region/service/aws4_request`; without the region there is one part less.
        let region = if parts.len() == 5 { Some(parts[2].to_owned()) } else { None };
        Self { account: home.of_key(key).id, region, endpoint: endpoint_region(request) }
    }

    /// The region that this request speaks to.
    pub(super) fn speaks_to<'a>(&'a self, home: &'a Account) -> &'a str {
        self.endpoint.as_deref().or(self.region.as_deref()).unwrap_or(&home.region)
    }
}

fn scope(request: &Request) -> String {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let from_header = header
        .and_then(|header| header.split_once("Credential="))
        .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or_default().to_owned());
    from_header.unwrap_or_else(|| from_query(request))
}

/// A presigned URL carries its credential in the query.
fn from_query(request: &Request) -> String {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| name == "X-Amz-Credential")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

pub(super) fn host(request: &Request) -> &str {
    let header = request.headers().get("host").and_then(|value| value.to_str().ok());
    header.or_else(|| request.uri().host()).unwrap_or_default()
}

/// `bucket.s3.eu-west-1.amazonaws.com` names a region, `s3.amazonaws.com` does not.
fn endpoint_region(request: &Request) -> Option<String> {
    let rest =
        host(request).strip_suffix(".cn").unwrap_or_else(|| host(request)).strip_suffix(".amazonaws.com")?;
    let after = rest.rsplit_once("s3.").or_else(|| rest.rsplit_once("s3-"))?.1;
    let region = after.strip_prefix("dualstack.").unwrap_or(after);
    (!region.is_empty()).then(|| region.to_owned())
}
