//! lightkube and pykube-ng read a kubeconfig with the user of `integrations/kubectl`, in the version that they accept.

use std::fs;

use serde_json::json;

use crate::support::Ran;
use crate::support::endpoint::{Answer, Asked};
use crate::support::pages::integration;
use crate::support::registry::{Registry, open_to, path};

const V1: &str = "client.authentication.k8s.io/v1\n";
const BETA: &str = "client.authentication.k8s.io/v1beta1";

const LIGHTKUBE: &str = "from lightkube import Client
from lightkube.resources.core_v1 import Namespace
print([one.metadata.name for one in Client(namespace='default').list(Namespace)])";

const PYKUBE: &str = "import pykube
print([one.name for one in pykube.Namespace.objects(pykube.HTTPClient(pykube.KubeConfig.from_env()))])";

fn namespaces(asked: &Asked) -> Answer {
    match path(asked).split('?').next() {
        Some("/api/v1/namespaces") => {
            let items = json!([{"metadata": {"name": "mine"}}]);
            Answer::json(200, &json!({"kind": "NamespaceList", "apiVersion": "v1", "metadata": {}, "items": items}))
        }
        _ => Answer::new(404, &[], ""),
    }
}

/// Lists the namespaces with this script. The kubeconfig's user is the page's, in the other version.
fn list(registry: &Registry, script: &str) -> Ran {
    let user = fs::read_to_string(integration("kubectl/user.yaml")).unwrap();
    let args = "[kubectl, -p, prod]";
    assert!(user.contains(V1) && user.contains(args), "{user}");
    let user = user.replace(V1, &format!("{BETA}\n"));
    let user = user.replace(args, &format!("[kubectl, -p, prod, --api-version={BETA}]"));
    let cluster = json!({"server": format!("https://{}", registry.host()), "certificate-authority": registry.ca});
    let clusters = json!([{"name": "here", "cluster": cluster}]);
    let contexts = json!([{"name": "here", "context": {"cluster": "here", "user": "jwt"}}]);
    let config = format!("{user}current-context: here\nclusters: {clusters}\ncontexts: {contexts}\n");
    let config = registry.home.write("kubeconfig", &config, 0o600);
    Ran::of(registry.tool("kube-python").args(["-c", script]).env("KUBECONFIG", config))
}

#[test]
fn lightkube_and_pykube_send_the_token() {
    for script in [LIGHTKUBE, PYKUBE] {
        let Some(registry) = Registry::new("kube-python", open_to("token-1", namespaces)) else { return };
        registry.lists("prod", "other.example.com");
        let ran = list(&registry, script);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "['mine']\n"), "{ran:?}");
        assert!(registry.shown().iter().all(|had| had == "Bearer token-1"), "{:?}", registry.shown());
    }
}

#[test]
fn lightkube_and_pykube_send_nothing_if_the_endpoint_refuses() {
    for script in [LIGHTKUBE, PYKUBE] {
        let Some(registry) = Registry::refused("kube-python", open_to("token-1", namespaces)) else { return };
        registry.lists("prod", "other.example.com");
        let ran = list(&registry, script);
        assert_eq!((ran.code, registry.server.count()), (1, 0), "{ran:?}");
        assert!(ran.stderr.contains("Adobe rejected the client credentials at "), "{ran:?}");
    }
}
