//! AWS: credentials of a role, by moto's imitation of STS, for the AWS CLI.

use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::github_app::time_in;
use super::subject_tokens::jwt;
use crate::support::clients::has_clients;
use crate::support::crowd::at_once;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::pages::{integration, shows_as};
use crate::support::{BINARY, Home, Ran, alone};

pub(crate) fn profile(sts: &str) -> Json {
    json!({"provider": "aws", "role_arn": "arn:aws:iam::123456789012:role/ci", "region": "eu-west-1",
        "session_name": "ci", "subject_token": "of-another-issuer", "token_url": sts})
}

/// STS's answer, with credentials that live this long.
pub(crate) fn credentials(seconds: u64) -> Answer {
    let end = time_in(seconds);
    let body = format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n\
         <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>\
         <SecretAccessKey>se/cr+et</SecretAccessKey><SessionToken>FwoG//sess+ion==</SessionToken>\
         <Expiration>{end}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\n\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>"
    );
    Answer::new(200, &[("Content-Type", "text/xml")], &body)
}

fn home_at(sts: &Endpoint) -> Home {
    let home = Home::new();
    home.profile("default", &profile(&sts.origin()));
    home
}

#[test]
fn the_role_is_assumed_with_the_subject_token() {
    let sts = Endpoint::new(|_, _| credentials(3600));
    let home = home_at(&sts);
    let answer = home.run(["aws"]).succeeds().json();
    let [version, id, secret, session] =
        ["Version", "AccessKeyId", "SecretAccessKey", "SessionToken"].map(|name| answer[name].clone());
    assert_eq!(version, 1);
    assert_eq!([id, secret, session], ["ASIAEXAMPLE", "se/cr+et", "FwoG//sess+ion=="]);
    let left = humantime::parse_rfc3339(answer["Expiration"].as_str().unwrap()).unwrap();
    assert!(left.duration_since(std::time::SystemTime::now()).unwrap() > Duration::from_secs(3500));
    let asked = &sts.asked()[0];
    assert_eq!(asked.line, "POST / HTTP/1.1");
    for (field, value) in [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", "arn:aws:iam::123456789012:role/ci"),
        ("RoleSessionName", "ci"),
        ("DurationSeconds", "3600"),
        ("WebIdentityToken", "of-another-issuer"),
    ] {
        assert_eq!(asked.field(field).as_deref(), Some(value), "{field}");
    }
}

#[test]
fn other_commands_set_variables_or_name_aws() {
    let sts = Endpoint::new(|_, _| credentials(3600));
    let home = home_at(&sts);
    let env = home.run(["env"]).succeeds().stdout;
    assert!(
        env.starts_with("export AWS_ACCESS_KEY_ID='ASIAEXAMPLE'\nexport AWS_SECRET_ACCESS_KEY='se/cr+et'\n"),
        "{env}"
    );
    assert!(
        env.contains("AWS_SESSION_TOKEN='FwoG//sess+ion=='") && env.contains("AWS_CREDENTIAL_EXPIRATION="),
        "{env}"
    );
    let script = "echo \"$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN $ACCESS_TOKEN\"";
    let said = home.run(["exec", "--", "/bin/sh", "-c", script]).succeeds().stdout;
    assert_eq!(said, "ASIAEXAMPLE se/cr+et FwoG//sess+ion== \n");
    for command in ["token", "header", "headers", "json", "kubectl"] {
        let ran = home.run([command]).fails(2, &["jwt-credential aws"]);
        shows_as("aws/profiles.md", 0, &ran.stderr);
    }
    assert_eq!(home.run(["curl"]).code, 2);
    assert_eq!(sts.count(), 1);
    let other = Home::with_oauth(&Endpoint::tokens(3600).origin());
    other.run(["aws"]).fails(2, &["\"provider\": \"aws\""]);
}

/// The SDKs renew credentials that have less than 15 minutes left.
#[test]
fn credentials_are_renewed_twenty_minutes_before_their_end() {
    let sts = Endpoint::new(|_, number| credentials(if number == 1 { 3600 } else { 3599 }));
    let home = home_at(&sts);
    home.run(["aws"]).succeeds();
    home.age_token(2_000_000);
    home.run(["aws"]).succeeds();
    assert_eq!(sts.count(), 1, "27 minutes are left");
    home.age_token(500_000);
    home.run(["aws"]).succeeds();
    assert_eq!(sts.count(), 2, "18 minutes were left");
}

#[test]
fn errors_of_sts_say_what_to_do() {
    for (status, code, exit, advice) in [
        (400, "ExpiredTokenException", 4, "renew the subject token"),
        (400, "InvalidIdentityToken", 4, "identity provider"),
        (400, "IDPCommunicationError", 5, "try again"),
        (403, "AccessDenied", 4, "trust policy"),
        (403, "RegionDisabledException", 4, "\"region\""),
        (400, "Throttling", 5, "try again"),
    ] {
        let body = format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>because of that</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        );
        let sts = Endpoint::always(Answer::new(status, &[("Content-Type", "text/xml")], &body));
        home_at(&sts).run(["aws"]).fails(exit, &[code, "because of that", advice]);
    }
    let page = Endpoint::always(Answer::new(200, &[], "<html><body>Welcome</body></html>"));
    home_at(&page).run(["aws"]).fails(5, &[&page.origin(), "no token"]);
}

#[test]
fn jobs_with_other_subject_tokens_share_no_credentials() {
    let sts = Endpoint::new(|_, _| credentials(3600));
    let home = Home::new();
    let mut job = profile(&sts.origin());
    job["subject_token"] = json!({"env": "JOB_TOKEN"});
    home.profile("default", &job);
    let run = |token: &str| Ran::of(home.command(["aws"]).env("JOB_TOKEN", token));
    for (subject, count) in [("job-1", 1), ("job-2", 2), ("job-1", 2)] {
        run(&jwt(subject, 3600)).succeeds();
        assert_eq!(sts.count(), count, "{subject}");
    }
    run(&jwt("job-3", -60)).fails(3, &["expired"]);
    assert_eq!(sts.count(), 2);
}

#[test]
fn a_thousand_processes_assume_the_role_once() {
    let _machine = alone();
    let sts = Endpoint::new(|_, _| credentials(3600).after(Duration::from_millis(300)));
    let home = Home::bare();
    home.profile("default", &profile(&sts.origin()));
    for (ran, _) in at_once(&home, 1000, &["aws"]) {
        assert_eq!(ran.succeeds().json()["AccessKeyId"], "ASIAEXAMPLE");
    }
    assert_eq!(sts.count(), 1);
}

struct Moto(Child);

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// moto verifies no token, and its STS answers as AWS's does.
#[test]
fn the_aws_cli_uses_the_credentials_of_moto() {
    if !has_clients(&["aws", "moto_server"]) {
        return;
    }
    let home = Home::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut moto = home.program("moto_server");
    moto.args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    let _moto = Moto(moto.spawn().unwrap());
    let began = std::time::Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(60), "moto does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    let sts = format!("http://127.0.0.1:{port}");
    let mut written: Json = serde_json::from_slice(&std::fs::read(integration("aws/profile.json")).unwrap()).unwrap();
    written["token_url"] = json!(sts);
    written["subject_token"] = json!(jwt("repo:acme/infra", 3600));
    home.profile("aws-ci", &written);
    let page = std::fs::read_to_string(integration("aws/profiles.md")).unwrap();
    let config =
        crate::support::pages::fenced(&page, "ini").remove(0).replace("= jwt-credential", &format!("= {BINARY}"));
    let config = home.write("aws-config", &config, 0o600);
    let mut aws = home.program("aws");
    aws.args(["sts", "get-caller-identity", "--profile", "ci", "--endpoint-url", &sts, "--output", "json"]);
    aws.env("AWS_CONFIG_FILE", config).env("AWS_EC2_METADATA_DISABLED", "true");
    let said = Ran::of(aws.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"));
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.json()["Arn"], "arn:aws:sts::123456789012:assumed-role/ci/ci", "{said:?}");
    let printed = home.run(["aws", "-p", "aws-ci"]).succeeds().json();
    assert!(printed["AccessKeyId"].as_str().unwrap().starts_with("ASIA"), "{printed}");
}
