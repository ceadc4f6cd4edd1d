//! Where all goes well: every row and every way.

use super::calls::{of_all_rows, of_options};
use super::lookout::{Lookout, Stage};
use super::ways::{TOKEN, WAYS};
use crate::support::endpoint::{Answer, DAY_MS};

#[test]
fn no_row_and_no_way_lets_a_secret_out() {
    let mut lookout = Lookout::new();
    for way in &WAYS {
        // In the unit of both grants longer than this takes.
        let mut stage = Stage::new(way, "tokens", |_, _| Answer::token(TOKEN, DAY_MS));
        let ims = stage.endpoint.origin();
        let (rows, options) = (of_all_rows(&stage.home, &ims), of_options(&stage.home));
        stage.settle();
        for call in rows.iter().chain(&options) {
            lookout.watch(&mut stage, call);
        }
    }
    assert!(lookout.tokens >= WAYS.len() * 18, "{} tokens only", lookout.tokens);
    lookout.found_nothing("all rows", 500);
}
