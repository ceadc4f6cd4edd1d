//! Successful calls: every row, with every way to give a secret.

use super::calls::{of_all_rows, of_options};
use super::lookout::{Lookout, Stage};
use super::ways::{TOKEN, WAYS};
use crate::support::endpoint::{Answer, DAY_MS};

#[test]
fn no_row_leaks_a_secret_however_it_is_given() {
    let mut lookout = Lookout::new();
    for way in &WAYS {
        // In both grants' units, longer than this test takes.
        let mut stage = Stage::new(way, "tokens", |_, _| Answer::token(TOKEN, DAY_MS));
        let ims = stage.endpoint.origin();
        let (rows, options) = (of_all_rows(&stage.home, &ims), of_options(&stage.home));
        stage.settle();
        for call in rows.iter().chain(&options) {
            lookout.watch(&mut stage, call);
        }
    }
    assert!(lookout.tokens >= WAYS.len() * 18, "only {} tokens", lookout.tokens);
    lookout.found_nothing("all rows", 500);
}
