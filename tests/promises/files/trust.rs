//! Files that another user could have put in the way are not read or run: directories named by variables, the
//! configuration directory, files named by a profile, temporary files.

use std::fs;
use std::os::unix::fs::lchown;
use std::process::Command;

use serde_json::json;

use crate::support::ca::Ca;
use crate::support::clients::{find, is_met, pass_over};
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::files::{NOBODY, is_root, mode, names, set_mode};
use crate::support::{Home, Ran, has_client, oauth, oauth_home};

/// A home that is also the current directory of its calls. Its profile's command leaves a mark.
fn with_command(endpoint: &Endpoint) -> Home {
    let home = Home::new();
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["/bin/sh", "-c", format!("touch '{}'", home.path("ran").display())]});
    home.profile("default", &profile);
    fs::create_dir_all(home.path("~")).unwrap();
    fs::copy(home.path("config/default.json"), home.path("~/default.json")).unwrap();
    home
}

#[test]
fn a_relative_path_in_a_variable_is_an_error() {
    let endpoint = Endpoint::tokens(DAY);
    let home = with_command(&endpoint);
    let rows = [
        ("JWT_CREDENTIAL_CONFIG_DIR", "config"),
        ("JWT_CREDENTIAL_CONFIG_DIR", "./config"),
        ("JWT_CREDENTIAL_CONFIG_DIR", "~"),
        ("JWT_CREDENTIAL_CONFIG_DIR", "~/config"),
        ("JWT_CREDENTIAL_CACHE_DIR", "cache"),
        ("JWT_CREDENTIAL_CACHE_DIR", "~/cache"),
        ("JWT_CREDENTIAL_PROFILE", "config/default.json"),
        ("JWT_CREDENTIAL_PROFILE", "./config/default.json"),
        ("JWT_CREDENTIAL_PROFILE", "default.json"),
        ("JWT_CREDENTIAL_PROFILE", "~/default.json"),
    ];
    for (variable, path) in rows {
        for words in [&["token"][..], &["--for", "https://registry.example/", "token"], &["status"], &["show"]] {
            // No profile lists that server, and `show` needs no cache.
            if variable == "JWT_CREDENTIAL_CACHE_DIR" && ["--for", "show"].contains(&words[0]) {
                continue;
            }
            let mut command = home.command(words);
            let ran = Ran::of(command.env(variable, path).current_dir(home.path("")));
            ran.fails(3, &[&format!("the variable {variable} must be an absolute path")]);
        }
    }
    assert!(!home.path("ran").exists(), "a command was run");
    assert!(!home.path("cache").exists() && names(&home.path("~")) == ["default.json"], "something was written");
    // On the command line, the user chooses the path.
    let ran = Ran::of(home.command(["token", "-p", "./config/default.json"]).current_dir(home.path("")));
    ran.fails(3, &["/bin/sh printed is empty"]);
    assert!(home.path("ran").exists(), "the command would have left its mark");
}

/// A cloned repository may contain `.config/jwt-credential`.
#[test]
fn a_relative_home_is_no_home() {
    let endpoint = Endpoint::tokens(DAY);
    let home = with_command(&endpoint);
    for place in [".config", "~/.config"] {
        fs::create_dir_all(home.path(place)).unwrap();
        fs::create_dir(home.path(place).join("jwt-credential")).unwrap();
        fs::copy(home.path("config/default.json"), home.path(place).join("jwt-credential/default.json")).unwrap();
    }
    for (there, words) in [(".", "token"), ("~", "token"), (".", "list"), (".", "init --client-id x --scopes x")] {
        let mut command = home.command(words.split(' '));
        command.env("HOME", there).env_remove("JWT_CREDENTIAL_CONFIG_DIR").env_remove("JWT_CREDENTIAL_CACHE_DIR");
        let ran = Ran::of(command.current_dir(home.path("")));
        assert!(!ran.stdout.contains("default"), "{there}: {ran:?}");
    }
    assert!(!home.path("ran").exists(), "a command was run");
    assert!(!home.path(".cache").exists() && names(&home.path(".config/jwt-credential")) == ["default.json"]);
}

#[test]
fn a_relative_profile_runs_the_command_beside_it() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    fs::create_dir_all(home.path("sub/sub")).unwrap();
    home.executable("sub/get", "#!/bin/sh\necho right\n");
    home.executable("sub/sub/get", "#!/bin/sh\necho wrong\n");
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["./get"]});
    home.write("sub/p.json", &profile.to_string(), 0o600);
    Ran::of(home.command(["token", "-p", "sub/p.json"]).current_dir(home.path(""))).succeeds();
    assert_eq!(endpoint.asked()[0].field("client_secret").as_deref(), Some("right"));
}

/// The path is as long as a line of a key, and has letters of all kinds.
#[test]
fn a_command_at_a_long_path_runs() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let place = "Users/alice/work/platform2/infrastructure/credential-tools/bin";
    fs::create_dir_all(home.path(place)).unwrap();
    home.executable(&format!("{place}/vault-fetch"), "#!/bin/sh\necho right\n");
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": [home.path(place).join("vault-fetch")]});
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    assert_eq!(endpoint.asked()[0].field("client_secret").as_deref(), Some("right"));
}

#[test]
fn a_named_pipe_of_another_user_is_not_read() {
    if !is_root() {
        return pass_over("root");
    }
    let endpoint = Endpoint::tokens(DAY);
    let home = with_command(&endpoint);
    let pipe = home.path("pipe");
    for (mode, owner, why) in
        [("644", NOBODY, "another user"), ("622", 0, "other users"), ("666", NOBODY, "another user")]
    {
        let _ = fs::remove_file(&pipe);
        assert!(Command::new("mkfifo").args(["-m", mode]).arg(&pipe).status().unwrap().success());
        lchown(&pipe, Some(owner), None).unwrap();
        let (profile, text) = (pipe.clone(), fs::read(home.path("config/default.json")).unwrap());
        let writer = std::thread::spawn(move || fs::write(profile, text));
        let ran = home.run(["token", "-p", pipe.to_str().unwrap()]);
        let is_refused = ran.stderr.contains(why) || ran.stderr.contains("others can change it");
        assert!(ran.code == 3 && ran.stdout.is_empty() && is_refused, "{mode}: {ran:?}");
        writer.join().unwrap().unwrap();
    }
    assert!(!home.path("ran").exists(), "a command was run");
    // The user's own pipe is read.
    set_mode(&pipe, 0o600);
    lchown(&pipe, Some(0), None).unwrap();
    let (profile, text) = (pipe.clone(), oauth(&endpoint.origin()).to_string());
    let writer = std::thread::spawn(move || fs::write(profile, text));
    home.run(["token", "-p", pipe.to_str().unwrap()]).succeeds();
    writer.join().unwrap().unwrap();
}

#[test]
fn another_users_link_as_the_cache_is_never_followed() {
    let (home, _endpoint) = oauth_home();
    fs::create_dir(home.path("public")).unwrap();
    set_mode(&home.path("public"), 0o755);
    std::os::unix::fs::symlink(home.path("public"), home.path("jwt-credential")).unwrap();
    for ending in ["", "/", "/.", "//"] {
        let path = home.path("jwt-credential").display().to_string() + ending;
        Ran::of(home.command(["token"]).env("JWT_CREDENTIAL_CACHE_DIR", path)).succeeds_uncached();
    }
    assert_eq!((names(&home.path("public")).len(), mode(&home.path("public"))), (0, 0o755));
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let (home, _endpoint) = oauth_home();
    fs::create_dir(home.path(".config")).unwrap();
    fs::rename(home.path("config"), home.path(".config/jwt-credential")).unwrap();
    let mut command = home.command(["token"]);
    for variable in ["CONFIG_DIR", "CACHE_DIR", "PROFILE", "LOG"] {
        command.env(format!("JWT_CREDENTIAL_{variable}"), "");
    }
    assert_eq!(Ran::of(&mut command).succeeds().stdout, "token-1\n");
    assert!(home.path(".cache/jwt-credential").is_dir());
}

#[test]
fn a_log_that_cannot_be_written_is_a_warning() {
    let (home, _endpoint) = oauth_home();
    for (log, why) in
        [("log", "absolute"), ("./log", "absolute"), ("~/log", "absolute"), ("/dev/null/log", "directory")]
    {
        let ran = Ran::of(home.command(["token"]).env("JWT_CREDENTIAL_LOG", log).current_dir(home.path("")));
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "token-1\n"), "{log}: {ran:?}");
        let warned = ran.stderr.starts_with("jwt-credential: warning: JWT_CREDENTIAL_LOG cannot be written to: ");
        assert!(warned && ran.stderr.contains(why) && ran.stderr.lines().count() == 1, "{log}: {ran:?}");
    }
    assert!(!home.path("log").exists());
}

#[test]
fn a_configuration_directory_writable_by_others_is_rejected() {
    let endpoint = Endpoint::tokens(DAY);
    let home = with_command(&endpoint);
    let mut modes = vec![(0o777, None), (0o1777, None), (0o775, None), (0o757, None)];
    if is_root() {
        modes.extend([(0o700, Some(NOBODY)), (0o755, Some(NOBODY))]);
    } else {
        pass_over("root");
    }
    for (mode, owner) in modes {
        set_mode(&home.path("config"), mode);
        lchown(home.path("config"), owner, None).unwrap();
        let why = if owner.is_some() { "belongs to another user" } else { "can be changed by other users" };
        for words in [&["token"][..], &["token", "-p", "default"], &["list"], &["status"]] {
            home.run(words)
                .fails(3, &["the configuration directory ", "/config ", why, "hint: if it is yours: chmod go-w "]);
        }
    }
    assert!(!home.path("ran").exists(), "a command was run");
    lchown(home.path("config"), Some(rustix::process::geteuid().as_raw()), None).unwrap();
    set_mode(&home.path("config"), 0o755);
    home.run(["list"]).succeeds();
}

/// Kubernetes mounts secrets this way: the file system is read-only, whatever the mode says.
#[test]
fn a_read_only_directory_of_any_mode_is_accepted() {
    if !has_client("unshare") {
        return;
    }
    let (home, _endpoint) = oauth_home();
    set_mode(&home.path("config"), 0o1777);
    let mount = "mount --bind \"$C\" \"$C\" && mount -o remount,bind,ro \"$C\"";
    let unshared = |script: &str| {
        let mut command = home.program("unshare");
        command.args(["-rm", "/bin/sh", "-c", script]).env("C", home.path("config"));
        Ran::of(&mut command)
    };
    if is_met(unshared(mount).code == 0, "private mounts") {
        assert_eq!(unshared(&format!("{mount} && jwt-credential token")).succeeds().stdout, "token-1\n");
    }
}

#[test]
fn a_file_that_a_profile_names_must_not_be_others_to_change() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let Some(ca) = Ca::new(&home) else { return };
    let tls = ca.endpoint(|_, _| Answer::token("token-tls", DAY));
    let file = home.write("config/value", "", 0o600);
    let rows = [
        ("ims", endpoint.origin()),
        ("hosts", "registry.example".to_owned()),
        ("client_id", "someone".to_owned()),
        ("scopes", "openid".to_owned()),
        ("ca_file", fs::read_to_string(&ca.pem).unwrap()),
    ];
    for (key, value) in rows {
        fs::write(&file, value).unwrap();
        let mut profile = oauth(&endpoint.origin());
        profile[key] = json!({"file": "value"});
        if key == "ca_file" {
            profile[key] = json!("value");
            profile["ims"] = json!(format!("https://127.0.0.1:{}", tls.port()));
        }
        if key != "hosts" {
            profile["hosts"] = json!(["registry.example"]);
        }
        home.profile("default", &profile);
        let call = || home.run(["token", "--refresh", "--for", "https://registry.example/"]);
        for mode in [0o600, 0o644] {
            set_mode(&file, mode);
            call().succeeds();
        }
        for mode in [0o620, 0o666] {
            set_mode(&file, mode);
            refuses(&call(), &format!("{}: {mode:o}", file.display()), "can be changed by other users");
        }
        set_mode(&file, 0o644);
        if is_root() {
            lchown(&file, Some(NOBODY), None).unwrap();
            refuses(&call(), key, "belongs to another user");
            lchown(&file, Some(0), None).unwrap();
        }
    }
}

/// With `--for`, the reason may be in the log only.
#[track_caller]
fn refuses(ran: &Ran, what: &str, why: &str) {
    assert!(ran.code == 3 && ran.stdout.is_empty(), "{what}: {ran:?}");
    assert!(ran.stderr.contains(why) || ran.stderr.contains("-v says why"), "{what}: {ran:?}");
}

#[test]
fn no_umask_opens_the_sandboxs_directory() {
    for umask in ["000", "002", "022", "077", "777"] {
        let home = Home::new();
        let script = format!(
            "umask {umask}; exec jwt-credential sandbox -- /bin/sh -c \
             'd=$(dirname \"$JWT_CREDENTIAL_CONFIG_DIR\"); stat -c %a \"$d\" \"$d/config\" \"$d/bin\"; jwt-credential token'"
        );
        let ran = Ran::of(home.program("/bin/sh").args(["-c", &script])).succeeds();
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!(lines[..3], ["700"; 3], "umask {umask}");
        assert!(lines[3].starts_with("eyJ"), "umask {umask}: {ran:?}");
    }
}

/// openssl runs as always, and the test records the files in the temporary directory meanwhile.
#[test]
fn init_leaves_no_key_in_a_temporary_directory() {
    if !has_client("openssl") {
        return;
    }
    for umask in ["000", "002", "077"] {
        let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
        for part in ["tmp", "wrapped"] {
            fs::create_dir(home.path(part)).unwrap();
        }
        let real = find("openssl").unwrap();
        let wrapper =
            format!("#!/bin/sh\n'{}' \"$@\"; code=$?; ls -RA \"$TMPDIR\" >\"$NOTED\"; exit $code\n", real.display());
        home.executable("wrapped/openssl", &wrapper);
        let line = format!(
            "umask {umask}; PATH=\"$WRAPPED:$PATH\"; exec jwt-credential init --grant adobe-jwt --client-id x \
             --client-secret env:S --org-id 0A1B@AdobeOrg --technical-account-id 0A1B2C3D4E5F607182930A4B@techacct.adobe.com \
             --metascopes ent_user_sdk --ims {}",
            endpoint.origin()
        );
        let mut command = home.program("/bin/sh");
        command.args(["-c", &line]).env("TMPDIR", home.path("tmp")).env("NOTED", home.path("noted"));
        let ran = Ran::of(command.env("WRAPPED", home.path("wrapped")).env("S", "secret"));
        assert_eq!(ran.code, 0, "umask {umask}: {ran:?}");
        let noted = fs::read_to_string(home.path("noted")).unwrap();
        assert_eq!(noted.lines().filter(|line| !line.ends_with(':')).collect::<String>(), "", "umask {umask}");
        assert_eq!(mode(&home.path("config/default.key")), 0o600, "umask {umask}");
    }
}
