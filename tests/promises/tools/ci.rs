//! Jobs of CI systems and clusters: the profile and the script of each file in `integrations/`, run unchanged by the
//! system's shell.

use std::fs;
use std::process::Command;

use saphyr_parser::{Event, Parser};
use serde_json::{Deserializer, Value as Json, json};

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::pages::integration;
use crate::support::{Home, Ran, SECRET, has_client};

/// A system: its directory, its file, and how it runs a script.
struct System {
    directory: &'static str,
    file: &'static str,
    shell: &'static str,
}

const SYSTEMS: [System; 6] = [
    System { directory: "github-actions", file: "workflow.yml", shell: "-e" },
    System { directory: "gitlab", file: "gitlab-ci.yml", shell: "-e" },
    System { directory: "jenkins", file: "Jenkinsfile", shell: "-xe" },
    System { directory: "kubernetes-job", file: "job.yaml", shell: "-e" },
    System { directory: "azure", file: "azure-pipelines.yml", shell: "+e" },
    System { directory: "aws", file: "buildspec.yml", shell: "+e" },
];

const MOUNTED: &str = "/run/secrets/adobe";

impl System {
    fn read(&self, file: &str) -> String {
        fs::read_to_string(integration(self.directory).join(file)).unwrap()
    }

    /// The README's text, its lines joined.
    fn readme(&self) -> String {
        self.read("README.md").replace("`\n`", " ").replace('\n', " ")
    }

    /// The profile in the file.
    fn profile(&self) -> Json {
        let file = self.read(self.file);
        let at = file.find("{\"provider\"").unwrap();
        Deserializer::from_str(&file[at..]).into_iter().next().unwrap().unwrap()
    }

    /// The script in the file: a block that begins with `|` or `'''`.
    fn script(&self) -> String {
        let file = self.read(self.file);
        let mut lines = file.lines().skip_while(|line| !line.ends_with('|') && !line.ends_with("sh '''")).peekable();
        let outer = indentation(lines.next().unwrap());
        let inner = indentation(lines.peek().unwrap());
        assert!(inner > outer, "{file}");
        let script: Vec<&str> =
            lines.take_while(|line| indentation(line) >= inner).map(|line| &line[inner..]).collect();
        script.join("\n") + "\n"
    }

    /// Runs the script with the file's own profile, at the test's endpoint and with the changes of `with`.
    fn run(&self, home: &Home, ims: &Endpoint, api: &Endpoint, with: impl Fn(&mut Command, &mut Json)) -> Ran {
        let mut profile = self.profile();
        profile["ims"] = json!(ims.origin());
        if let Some(file) = profile["client_secret"]["file"].as_str() {
            profile["client_secret"] = json!({"file": mount(home, file.strip_prefix(MOUNTED).unwrap())});
        }
        let mut command = home.program("/bin/sh");
        command.args([self.shell, "-c", &self.script()]).env("API_URL", api.origin());
        command.env("ADOBE_CLIENT_SECRET", SECRET).env("GITHUB_ENV", home.path("github_env"));
        with(&mut command, &mut profile);
        Ran::of(command.env("JWT_CREDENTIAL_PROFILE_JSON", profile.to_string()))
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The secret as Kubernetes mounts it: behind a link to a linked directory.
fn mount(home: &Home, file: &str) -> std::path::PathBuf {
    let directory = home.path("mounted");
    if !directory.exists() {
        fs::create_dir_all(directory.join("..2026_11_25")).unwrap();
        home.write(&format!("mounted/..2026_11_25{file}"), SECRET, 0o440);
        std::os::unix::fs::symlink("..2026_11_25", directory.join("..data")).unwrap();
        std::os::unix::fs::symlink(format!("..data{file}"), directory.join(&file[1..])).unwrap();
    }
    directory.join(&file[1..])
}

/// AWS Secrets Manager, and the variables that lead the aws command to it.
fn secrets_manager(command: &mut Command, manager: &Endpoint) {
    let variables = [
        ("AWS_ENDPOINT_URL", manager.origin().as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "example"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    command.envs(variables);
}

/// The systems whose clients are installed, and for each the setup of its secret store.
fn each(mut check: impl FnMut(&System, &dyn Fn(&mut Command))) {
    if !has_client("curl") {
        return;
    }
    let manager = Endpoint::always(Answer::json(200, &json!({"Name": "adobe-client-secret", "SecretString": SECRET})));
    for system in &SYSTEMS {
        if system.directory == "aws" && !has_client("aws") {
            continue;
        }
        check(system, &|command| secrets_manager(command, &manager));
    }
    for asked in manager.asked() {
        assert_eq!(asked.header("x-amz-target"), Some("secretsmanager.GetSecretValue"));
        assert!(asked.body.contains("\"adobe-client-secret\""), "{asked:?}");
    }
}

/// The file's own hosts, and the test's server.
fn and_this(profile: &mut Json, api: &Endpoint) {
    assert_eq!(profile["hosts"], json!(["*.adobe.io"]));
    profile["hosts"] = json!(["*.adobe.io", api.origin()]);
}

/// The tests parse the file as the system's YAML parser does.
#[test]
fn every_yaml_file_has_the_profile_and_the_script_as_values() {
    for system in SYSTEMS.iter().filter(|system| system.file != "Jenkinsfile") {
        let file = system.read(system.file);
        let events = Parser::new_from_str(&file).map(|event| event.unwrap().0);
        let values: Vec<String> = events
            .filter_map(|event| match event {
                Event::Scalar(value, ..) => Some(value.into_owned()),
                _ => None,
            })
            .collect();
        assert!(values.contains(&system.script()), "{}: {values:?}", system.directory);
        let is_profile = |value: &String| serde_json::from_str::<Json>(value).is_ok_and(|had| had == system.profile());
        assert!(values.iter().any(is_profile), "{}: {values:?}", system.directory);
    }
}

#[test]
fn every_jobs_script_calls_the_api_and_logs_no_token() {
    each(|system, store| {
        let (ims, api) = (Endpoint::tokens(DAY), Endpoint::always(Answer::new(200, &[], "hello\n")));
        let home = Home::new();
        let ran = system.run(&home, &ims, &api, |command, profile| {
            store(command);
            and_this(profile, &api);
        });
        assert!(ran.code == 0 && ran.stdout.starts_with("hello\n"), "{}: {ran:?}", system.directory);
        assert_eq!(api.asked()[0].header("authorization"), Some("Bearer token-1"), "{}", system.directory);
        assert_eq!((api.count(), ims.count()), (1, 1), "{}", system.directory);
        assert_eq!(ims.asked()[0].field("client_secret").as_deref(), Some(SECRET), "{}", system.directory);
        let unmasked = |line: &str| line.contains("token-1") && !masks(line);
        let logged: Vec<&str> = ran.stdout.lines().chain(ran.stderr.lines()).filter(|line| unmasked(line)).collect();
        assert_eq!(logged, [""; 0], "{}", system.directory);
    });
}

/// A line that the system takes as a command to mask the value from then on.
fn masks(line: &str) -> bool {
    let commands =
        ["::add-mask::", "##vso[task.setsecret]", "##vso[task.setvariable variable=ACCESS_TOKEN;issecret=true]"];
    commands.iter().any(|command| line == format!("{command}token-1"))
}

#[test]
fn a_token_for_later_steps_is_masked_first() {
    if !has_client("curl") {
        return;
    }
    for (system, handed) in [(&SYSTEMS[0], "::add-mask::token-1"), (&SYSTEMS[4], "##vso[task.setsecret]token-1")] {
        let (ims, api) = (Endpoint::tokens(DAY), Endpoint::always(Answer::new(200, &[], "hello\n")));
        let home = Home::new();
        let ran = system.run(&home, &ims, &api, |_, profile| and_this(profile, &api)).succeeds();
        let with_token: Vec<&str> = ran.stdout.lines().filter(|line| line.contains("token-1")).collect();
        assert_eq!(with_token.first(), Some(&handed), "{ran:?}");
        if system.directory == "github-actions" {
            let variables = fs::read_to_string(home.path("github_env")).unwrap();
            assert!(variables.starts_with("ACCESS_TOKEN=token-1\nACCESS_TOKEN_EXPIRES_AT="), "{variables}");
        }
    }
}

#[test]
fn if_the_endpoint_refuses_a_job_fails_as_its_page_says() {
    each(|system, store| {
        let ims = Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter"));
        let api = Endpoint::always(Answer::new(200, &[], "hello"));
        let home = Home::new();
        let ran = system.run(&home, &ims, &api, |command, profile| {
            store(command);
            and_this(profile, &api);
        });
        assert_eq!((ran.code, ran.stdout.as_str(), api.count()), (125, "", 0), "{}: {ran:?}", system.directory);
        said_as_on_the_page(system, &ran.stderr.replace(&ims.origin(), "https://ims-na1.adobelogin.com"));
        assert!(!home.path("github_env").exists());
    });
}

#[test]
fn a_job_sends_no_token_to_an_unlisted_server() {
    each(|system, store| {
        let (ims, api) = (Endpoint::tokens(DAY), Endpoint::always(Answer::new(200, &[], "hello")));
        let home = Home::new();
        let ran = system.run(&home, &ims, &api, |command, _| store(command));
        assert_eq!((ran.code, api.count(), ims.count()), (125, 0, 0), "{}: {ran:?}", system.directory);
        said_as_on_the_page(system, &ran.stderr.replace(&api.origin(), "https://evil.example"));
    });
}

#[test]
fn a_missing_secret_of_a_job_is_named() {
    for system in SYSTEMS.iter().filter(|system| system.profile()["client_secret"]["env"].is_string()) {
        let (ims, api) = (Endpoint::tokens(DAY), Endpoint::always(Answer::new(200, &[], "hello")));
        for value in [None, Some("")] {
            let home = Home::new();
            let ran = system.run(&home, &ims, &api, |command, profile| {
                and_this(profile, &api);
                match value {
                    Some(value) => command.env("ADOBE_CLIENT_SECRET", value),
                    None => command.env_remove("ADOBE_CLIENT_SECRET"),
                };
            });
            assert!(ran.code == 125 && ran.stderr.contains("ADOBE_CLIENT_SECRET"), "{ran:?}");
            // Other systems report a missing variable themselves, or leave its name as the value.
            if ["github-actions", "gitlab"].contains(&system.directory) {
                said_as_on_the_page(system, &ran.stderr);
            }
        }
        assert_eq!((ims.count(), api.count()), (0, 0));
    }
}

/// The first line of the error, without what changes from call to call.
fn said_as_on_the_page(system: &System, stderr: &str) {
    let error = stderr.lines().find_map(|line| line.strip_prefix("jwt-credential: error: ")).unwrap();
    let error = error.split("; x-debug-id").next().unwrap();
    assert!(system.readme().contains(error), "{}: {error}", system.directory);
}
