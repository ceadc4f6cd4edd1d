//! Terraform: the block `credentials_helper` of .terraformrc.
//! <https://developer.hashicorp.com/terraform/cli/config/config-file#credentials-helpers>

use super::{Helper, Tool, at_home};
use crate::environment::path_if_absolute;

pub(super) static TOOL: Tool = Tool {
    name: "terraform",
    files: || path_if_absolute("TF_CLI_CONFIG_FILE").or_else(|| at_home(".terraformrc")).into_iter().collect(),
    read: |text| Ok(helper(text).into_iter().collect()),
    // Terraform does not look on the PATH.
    directories: || at_home(".terraform.d/plugins").into_iter().collect(),
};

/// `credentials_helper "jwt" { args = ["-p", "prod"] }`
fn helper(text: &str) -> Option<Helper> {
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with(['#', '/'])).collect::<Vec<_>>().join(" ");
    let (_, block) = code.split_once("credentials_helper")?;
    let mut quoted = block.split('"').skip(1).step_by(2).map(str::to_owned);
    let name = quoted.next()?;
    let body = block.split_once('{')?.1.split_once('}')?.0;
    let args = body.split('"').skip(1).step_by(2).map(str::to_owned);
    Some(Helper::new(format!("terraform-credentials-{name}"), args))
}
