//! client-go's credential plugins, for kubectl and every other reader of a kubeconfig.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>

use clap::Arg;
use serde::Deserialize;
use serde_json::json;

use super::{Protocol, Trigger, credential};
use crate::call::Call;
use crate::clock::rfc3339;
use crate::command_spec::{CommandSpec, text};
use crate::environment;
use crate::error::{Error, Kind, quoted};
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol {
    trigger: Some(Trigger::Variable(EXEC_INFO)),
    ..Protocol::of_tool(
        CommandSpec::new("kubectl", "kubectl and client-go: users[].user.exec in a kubeconfig").with(options),
        &[],
        serve,
    )
};

const EXEC_INFO: &str = "KUBERNETES_EXEC_INFO";

const VERSIONS: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/// The rest of it, such as the cluster, does not matter: the kubeconfig pairs the server and its plugin.
#[derive(Deserialize)]
struct Info {
    #[serde(rename = "apiVersion")]
    api_version: Option<String>,
}

fn options() -> Vec<Arg> {
    let version = text("api-version", "VERSION").value_parser(VERSIONS);
    // The long names would make a line of help too long.
    vec![version.hide_possible_values(true).help("The kubeconfig's apiVersion, for a client that does not pass it on")]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let version = version(call)?;
    // client-go uses a token until it expires, without a margin.
    let credential = credential(tokens, &Want::with_margin())?;
    let mut status = json!({"token": credential.access_token()?});
    if let Some(end) = credential.expires_at {
        status["expirationTimestamp"] = rfc3339(end).into();
    }
    let answer = json!({"kind": "ExecCredential", "apiVersion": version, "status": status});
    call.answer_json(&answer)
}

/// kubectl accepts an answer only in the version that it asks for. Some other clients do not say which.
fn version(call: &Call) -> Result<&'static str, Error> {
    let asked = call.value("api-version");
    let unsaid = VERSIONS.into_iter().find(|known| Some(*known) == asked).unwrap_or(VERSIONS[0]);
    let Some(text) = environment::text(EXEC_INFO)? else { return Ok(unsaid) };
    let wrong = |what: String| Error::new(Kind::Usage, format!("the variable {EXEC_INFO} {what}"));
    let info: Info = serde_json::from_str(&text).map_err(|_| wrong("does not contain what kubectl sets".into()))?;
    let Some(version) = info.api_version else { return Ok(unsaid) };
    VERSIONS.into_iter().find(|known| *known == version).ok_or_else(|| {
        wrong(format!("has the apiVersion {}, which is not known", quoted(&version, &[])))
            .hint(format!("in the kubeconfig write apiVersion: {}", VERSIONS[0]))
    })
}
