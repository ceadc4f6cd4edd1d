//! The environment of a target: nothing of the machine's, and sometimes the input.

/// Takes out what would change what the program does.
pub fn clear() {
    let ours = |name: &str| name.starts_with("JWT_CREDENTIAL_") || name.to_ascii_lowercase().ends_with("_proxy");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(ours) {
            set(name.to_str().unwrap_or_default(), "");
        }
    }
    set("KUBERNETES_EXEC_INFO", "");
}

/// Sets a variable; to nothing, which the program takes for not set.
pub fn set(name: &str, value: &str) {
    // SAFETY: libFuzzer runs a target on one thread, and its watchdog does not look at the environment.
    unsafe { std::env::set_var(name, value) };
}
