//! Whose AWS is asked: named profiles are taken as the AWS CLI takes them.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::stack::Aws;

/// Variables of the environment, by name.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Two profiles with keys of their own; the environment has a third key, `tester`.
const CONFIG: &str = "\
[profile work]
aws_access_key_id = worker
aws_secret_access_key = secret
[profile home]
aws_access_key_id = homer
aws_secret_access_key = secret
";

/// A profile that only the credentials file knows.
const CREDENTIALS: &str = "[bare]\naws_access_key_id = barer\naws_secret_access_key = secret\n";

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// What a command prints, and who the sandbox was then asked by.
fn run(aws: &Aws, variables: Variables<'_>, arguments: &[&str]) -> (Output, Vec<String>) {
    let before = aws.sandbox().calls().recent().len();
    let output = Command::new(env!("CARGO_BIN_EXE_cachekeep"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/files"))
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", file("profiles-config", CONFIG))
        .env("AWS_SHARED_CREDENTIALS_FILE", file("profiles-credentials", CREDENTIALS))
        .envs(aws.environment())
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let mut callers: Vec<String> =
        aws.sandbox().calls().recent().drain(before..).map(|logged| logged.call.caller).collect();
    callers.dedup();
    (output, callers)
}

fn callers(aws: &Aws, variables: Variables<'_>, arguments: &[&str]) -> Vec<String> {
    let (output, callers) = run(aws, variables, arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    callers
}

#[test]
fn a_profile_that_is_named_on_the_command_line_wins_over_keys_in_the_environment() {
    let aws = Aws::start("profile-wins");
    assert_eq!(
        callers(&aws, &[], &["init"]),
        ["tester"],
        "without a profile the environment's keys are used"
    );
    assert_eq!(callers(&aws, &[], &["list", "--profile", "work"]), ["worker"]);
    assert_eq!(callers(&aws, &[], &["list", "--profile", "bare"]), ["barer"]);
    assert_eq!(callers(&aws, &[("AWS_PROFILE", "home")], &["list", "--profile", "work"]), ["worker"]);
}

#[test]
fn keys_in_the_environment_win_over_a_profile_of_the_environment_as_with_the_aws_cli() {
    let aws = Aws::start("profile-environment");
    callers(&aws, &[], &["init"]);
    assert_eq!(callers(&aws, &[("AWS_PROFILE", "work")], &["list"]), ["tester"]);
    let without_keys = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        let variables = [&without_keys[..], &[(name, "work")]].concat();
        assert_eq!(callers(&aws, &variables, &["list"]), ["worker"], "{name}");
    }
}

#[test]
fn a_profile_that_does_not_exist_is_an_error_wherever_it_is_named() {
    let aws = Aws::start("profile-unknown");
    callers(&aws, &[], &["init"]);
    let commands: [(Variables<'_>, &[&str]); 4] = [
        (&[], &["run", "all", "--profile", "wrok"]),
        (&[("AWS_PROFILE", "wrok")], &["status"]),
        (&[("AWS_DEFAULT_PROFILE", "wrok")], &["list"]),
        // A check that does without AWS where there is no account must not do so here.
        (&[], &["plans", "check", "gold.yaml", "--profile", "wrok"]),
    ];
    for (variables, arguments) in commands {
        let (output, callers) = run(&aws, variables, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        let expected = "there is no profile `wrok`: the AWS config files have bare, home, work; correct --profile or AWS_PROFILE";
        assert!(told.contains(expected), "{told}");
        assert_eq!(callers, [""; 0], "{arguments:?}");
    }
}

#[test]
fn status_and_whatever_acts_say_whose_account_region_and_stack_it_is() {
    let aws = Aws::start("profile-site");
    let line = "account 123456789012, region us-east-1, stack cachekeep\n";
    let commands: [&[&str]; 6] = [
        &["init"],
        &["init"],
        &["plans", "apply", "stack.yaml"],
        &["run", "all"],
        &["run", "all", "--dry-run"],
        &["status"],
    ];
    for arguments in commands {
        let told = String::from_utf8(run(&aws, &[], arguments).0.stderr).unwrap();
        assert_eq!(told.matches(line).count(), 1, "{arguments:?}: {told}");
    }
    let named = run(&Aws::start("profile-named"), &[("CACHEKEEP_STACK", "prod")], &["init"]).0;
    assert!(String::from_utf8(named.stderr).unwrap().contains("region us-east-1, stack prod\n"));
}
