//! kubectl and other readers of a kubeconfig: `users[].user.exec`. The kubeconfig pairs users and servers.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>

use serde_json::Value as Json;

use super::{Helper, Tool, at_home};
use crate::environment;
use crate::profile::format::document;

pub(super) static TOOL: Tool = Tool {
    name: "kubectl",
    files: || match environment::raw("KUBECONFIG") {
        Some(list) => std::env::split_paths(&list).filter(|path| path.is_absolute()).collect(),
        None => at_home(".kube/config").into_iter().collect(),
    },
    read: |text| {
        let config = document::parse(text.as_bytes()).map_err(|_| "it is neither YAML nor JSON")?;
        let users = config["users"].as_array().into_iter().flatten();
        Ok(users.filter_map(|user| helper(&user["user"]["exec"])).collect())
    },
    directories: super::program::path,
};

fn helper(exec: &Json) -> Option<Helper> {
    let args = exec["args"].as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned);
    Some(Helper::new(exec["command"].as_str()?, args))
}
