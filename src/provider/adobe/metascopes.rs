//! Metascopes: the names of products in a JWT. The list is incomplete, so an unknown metascope is noted, not rejected.
//! <https://developer.adobe.com/developer-console/docs/guides/authentication/JWT/Scopes>

use crate::error::nearest;

const KNOWN: &str = "\
    creative_sdk ent_adobeio_sdk ent_aem_cloud_api ent_aem_cloud_sdk ent_aemforms_docprocessing \
    ent_analytics_bulk_ingest_sdk ent_brand_portal_sdk ent_campaign_sdk ent_ccas_sdk ent_cloudmgr_sdk \
    ent_dataservices_sdk ent_default_sdk ent_documentcloud_sdk ent_gdpr_sdk ent_marketing_sdk ent_places_sdk \
    ent_reactor_admin_sdk ent_reactor_approver_sdk ent_reactor_developer_sdk \
    ent_reactor_extension_developer_sdk ent_reactor_it_admin_sdk ent_reactor_publisher_sdk ent_reactor_sdk \
    ent_sensei_image_sdk ent_smartcontent_sdk ent_stocksearch_sdk ent_user_sdk event_receiver_api";

/// A sentence about an unknown metascope.
pub(super) fn note(metascope: &str) -> Option<String> {
    let is_known = KNOWN.split(' ').any(|known| known == metascope);
    let near =
        || nearest(metascope, KNOWN.split(' ')).map_or_else(String::new, |near| format!(": did you mean {near}?"));
    (!is_known).then(|| format!("the metascope {metascope} is unknown, and is sent unchanged{}", near()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metascope_that_is_not_known_is_noted() {
        assert_eq!(KNOWN.split(' ').filter(|known| note(known).is_some() || known.is_empty()).count(), 0);
        assert!(note("ent_user_sdl").unwrap().ends_with("did you mean ent_user_sdk?"));
        assert!(note("a_wholly_new_product").unwrap().ends_with("sent unchanged"));
    }
}
