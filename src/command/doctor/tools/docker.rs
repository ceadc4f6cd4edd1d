//! docker, podman, skopeo: `credHelpers` and `credsStore` of config.json.
//! <https://docs.docker.com/reference/cli/docker/login/#credential-helpers>

use serde_json::Value as Json;

use super::{Helper, Tool, below};
use crate::host::Origin;

pub(super) static TOOL: Tool = Tool {
    name: "docker",
    files: || below("DOCKER_CONFIG", ".docker", "config.json").into_iter().collect(),
    read: |text| {
        let config: Json = serde_json::from_str(text).map_err(|_| "it is not JSON")?;
        let program = |end: &Json| Some(Helper::new(format!("docker-credential-{}", end.as_str()?), []));
        let mut helpers: Vec<Helper> = program(&config["credsStore"]).into_iter().collect();
        for (server, end) in config["credHelpers"].as_object().into_iter().flatten() {
            helpers.extend(program(end).map(|helper| helper.at(origin(server))));
        }
        Ok(helpers)
    },
    directories: super::program::path,
};

/// A registry's host with its port; for Docker's own registry a URL.
fn origin(server: &str) -> Option<Origin> {
    if server.contains("://") { Origin::of_url(server).ok() } else { Origin::parse(server).ok() }
}
