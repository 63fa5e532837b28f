//! One story on one cluster: an operator comes by helm with the rights of its chart and no others, a shop is applied,
//! trades, loses a worker, has its passwords changed, is upgraded and scaled, and goes, with broken shops beside it for a
//! while. A file per chapter; on what they stand is in `stage.rs` and below.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod accounts;
mod chapter_10_close;
mod chapter_1_install;
mod chapter_2_open;
mod chapter_3_ask;
mod chapter_3_look;
mod chapter_3_trade;
mod chapter_4_lose_a_worker;
mod chapter_5_own_flow;
mod chapter_6_broken_neighbours;
mod chapter_7_rotate;
mod chapter_8_upgrade;
mod chapter_9_burst;
mod chapter_9_callbacks;
mod chapter_9_scale_in;
mod door;
mod images;
mod kube_api;
mod load;
mod metric;
mod observer;
mod plugin;
mod pods;
mod servers;
mod stage;

use stage::Stage;
use std::io::Write;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_lives_from_its_installation_to_its_end_and_loses_nothing() {
    let test = "a_shop_lives_from_its_installation_to_its_end_and_loses_nothing";
    let told = Teller::begin();
    let Some(mut stage) = Stage::set(test).await else { return };
    told.chapter("the stage is set");

    let operator = chapter_1_install::helm_installs_an_operator_with_its_own_rights_only(&stage).await;
    told.chapter("the operator is installed");
    let shop = chapter_2_open::a_shop_is_applied_and_is_ready_within_a_minute(&mut stage).await;
    told.chapter("the shop is ready");
    chapter_2_open::its_pods_are_restricted_and_its_network_policies_are_there(&stage, &shop).await;
    chapter_3_trade::an_item_added_through_the_service_is_fetched_there(&shop).await;
    told.chapter("it trades");
    chapter_3_ask::the_plugin_tells_that_all_is_well_and_what_happened(&stage, &shop).await;
    chapter_3_ask::the_plugin_reaches_items_and_dead_letters(&stage, &shop).await;
    told.chapter("kubectl was asked about it");
    chapter_3_look::the_console_is_seen_over_a_port_forward(&stage, &shop).await;
    told.chapter("it was looked at");
    chapter_4_lose_a_worker::a_worker_is_deleted_under_load_and_no_read_fails_and_nothing_is_lost(
        &stage, &shop,
    )
    .await;
    told.chapter("it lost a worker");
    chapter_5_own_flow::events_of_a_flow_of_ones_own_are_applied_as_its_pool_is_configured(&stage, &shop)
        .await;
    told.chapter("a flow of its own was applied");
    chapter_6_broken_neighbours::broken_shops_say_so_and_hold_the_good_one_up_in_nothing(&stage, &shop).await;
    told.chapter("broken shops came and went");
    chapter_7_rotate::passwords_are_rotated_and_writes_go_on(&mut stage, &shop).await;
    told.chapter("its passwords are others");
    chapter_8_upgrade::the_operator_is_upgraded_and_the_shop_goes_on(&stage, &operator, &shop).await;
    told.chapter("it runs the next release");
    shop.was_never_anything_but_ready();
    chapter_9_burst::a_burst_is_followed_and_nothing_is_lost(&stage).await;
    told.chapter("a burst came to a shop beside it");
    chapter_9_scale_in::idle_workers_go_and_the_busy_one_stays_until_its_work_is_done(&stage).await;
    told.chapter("idle workers went before a busy one");
    chapter_9_callbacks::workers_that_wait_for_a_slow_service_stay_and_ask_it_once(&stage).await;
    told.chapter("callbacks came, and a slow service was asked");
    chapter_10_close::a_deleted_shop_leaves_no_object_and_all_its_data(&stage, shop).await;
    told.chapter("the shop is gone");
    chapter_10_close::an_uninstalled_operator_leaves_nothing_but_the_resource(&stage, operator).await;
    told.chapter("the operator is gone");
    stage.strike().await;
}

/// Says how far the story is, past the test runner's capture.
struct Teller(Instant);

impl Teller {
    fn begin() -> Self {
        Self(Instant::now())
    }

    fn chapter(&self, what: &str) {
        let _ = writeln!(std::io::stderr(), "    {:>5.1} s  {what}", self.0.elapsed().as_secs_f64());
    }
}
