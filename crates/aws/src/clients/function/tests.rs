//! Where a function's calls go and who signs them, and what is said outside Lambda.

use super::config;
use crate::bucket::{self, Bucket};
use crate::canned::{Reply, clients_of};
use crate::clients::Clients;

fn lambda(name: &str) -> Option<String> {
    let value = match name {
        "AWS_REGION" => "eu-west-1",
        "AWS_ACCESS_KEY_ID" => "AKID",
        "AWS_SECRET_ACCESS_KEY" => "secret",
        "AWS_SESSION_TOKEN" => "of the role",
        _ => return None,
    };
    Some(value.to_owned())
}

fn emulator(name: &str) -> Option<String> {
    let port = match name {
        "AWS_ENDPOINT_URL" => 1,
        "AWS_ENDPOINT_URL_S3" => 2,
        "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API" => 3,
        _ => return lambda(name),
    };
    Some(format!("http://127.0.0.1:{port}"))
}

#[tokio::test]
async fn a_function_calls_its_own_region_with_its_roles_credentials() {
    let (clients, log) = clients_of(config(lambda).unwrap(), |_| Reply::ok("{}"));
    clients.dynamodb.list_tables().send().await.unwrap();
    let sent = &log.sent()[0];
    assert!(sent.uri.starts_with("https://dynamodb.eu-west-1.amazonaws.com"), "{}", sent.uri);
    assert!(sent.headers["authorization"].contains("Credential=AKID/"), "{:?}", sent.headers);
    assert_eq!(sent.headers["x-amz-security-token"], "of the role");
}

#[tokio::test]
async fn endpoints_of_the_environment_count_for_all_services_or_for_one() {
    let (clients, log) = clients_of(config(emulator).unwrap(), |_| Reply::ok("{}"));
    clients.dynamodb.list_tables().send().await.unwrap();
    clients.tagging.get_resources().send().await.unwrap();
    let (clients, of_s3) = clients_of(config(emulator).unwrap(), |_| Reply::ok("<ListBucketResult/>"));
    bucket::list(&clients, &Bucket::here("exports"), "").await.unwrap();
    let ports: Vec<_> =
        log.sent().iter().chain(&of_s3.sent()).map(|sent| sent.uri[..18].to_owned()).collect();
    assert_eq!(ports, ["http://127.0.0.1:1", "http://127.0.0.1:3", "http://127.0.0.1:2"]);
}

#[test]
fn outside_lambda_it_is_said_what_is_missing() {
    let without_region = Clients::of_function(|name| lambda(name).filter(|_| name != "AWS_REGION"));
    assert!(without_region.unwrap_err().to_string().contains("set AWS_REGION"));
    let without_role = Clients::of_function(|name| lambda(name).filter(|_| name != "AWS_ACCESS_KEY_ID"));
    assert!(without_role.unwrap_err().to_string().contains("set AWS_ACCESS_KEY_ID"));
}
