//! The environment of a target: nothing from the machine, and sometimes the input.

/// Removes the variables that would change what the program does.
pub fn clear() {
    let ours = |name: &str| name.starts_with("JWT_CREDENTIAL_") || name.to_ascii_lowercase().ends_with("_proxy");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(ours) {
            set(name.to_str().unwrap_or_default(), "");
        }
    }
    for name in ["KUBERNETES_EXEC_INFO", "BAO_ADDR", "VAULT_ADDR", "GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE"] {
        set(name, "");
    }
}

/// Sets a variable. The program treats an empty one as unset.
pub fn set(name: &str, value: &str) {
    // SAFETY: libFuzzer runs a target on one thread, and its watchdog does not read the environment.
    unsafe { std::env::set_var(name, value) };
}
