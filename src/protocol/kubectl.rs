//! client-go's credential plugins, for kubectl and every other reader of a kubeconfig.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>

use serde::Deserialize;
use serde_json::json;

use super::{Protocol, Trigger, credential};
use crate::call::Call;
use crate::clock::rfc3339;
use crate::command_spec::CommandSpec;
use crate::environment;
use crate::error::{Error, Kind, quoted};
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol {
    trigger: Some(Trigger::Variable(EXEC_INFO)),
    ..Protocol::of_tool(
        CommandSpec::new("kubectl", "kubectl and client-go, for users[].user.exec of a kubeconfig"),
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
    api_version: String,
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let version = version()?;
    // client-go uses a token until it expires, without a margin.
    let credential = credential(call, tokens, &Want::without_margin())?;
    let mut status = json!({"token": credential.access_token()?});
    if let Some(end) = credential.expires_at {
        status["expirationTimestamp"] = rfc3339(end).into();
    }
    let answer = json!({"kind": "ExecCredential", "apiVersion": version, "status": status});
    call.answer(&format!("{answer}\n"))
}

/// kubectl accepts an answer only in the version that it asks for.
fn version() -> Result<&'static str, Error> {
    let Some(text) = environment::text(EXEC_INFO)? else { return Ok(VERSIONS[0]) };
    let wrong = |what: String| Error::new(Kind::Usage, format!("the variable {EXEC_INFO} {what}"));
    let info: Info = serde_json::from_str(&text).map_err(|_| wrong("is not what kubectl sets".into()))?;
    VERSIONS.into_iter().find(|known| *known == info.api_version).ok_or_else(|| {
        wrong(format!("has the apiVersion {}, which is not known", quoted(&info.api_version, &[])))
            .hint(format!("in the kubeconfig write apiVersion: {}", VERSIONS[0]))
    })
}
