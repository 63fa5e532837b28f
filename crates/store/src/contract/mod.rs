//! The contract of [`Store`], as tests that any backend can be run through.
//!
//! A backend implements [`Backend`] in its tests and says `pawnshop_store::contract!(TheBackend);` in a module of
//! its own. To add a test: write it beside its kin, generic over the backend, and add its name to the list in
//! [`contract!`](crate::contract!).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]
#![allow(missing_docs, reason = "a test's name is the sentence that it checks")]

mod fixtures;

pub mod bodies;
pub mod clock;
pub mod concurrency;
pub mod declare;
pub mod delete;
pub mod durability;
pub mod expiry;
pub mod find;
pub mod get;
pub mod grouped;
pub mod insert;
pub mod names;
pub mod refusals;
pub mod update;
pub mod upsert;

use crate::Store;
use async_trait::async_trait;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// A backend under test: one store, and whatever has to live as long as it (a folder, a database's name).
#[async_trait]
pub trait Backend: Send + Sized {
    /// A store with nothing in it and nothing declared, that no other test uses.
    async fn fresh() -> Self;

    /// Closes the store and opens it anew over the same data; nothing is declared then.
    async fn reopen(self) -> Self;

    /// The store.
    fn store(&self) -> Arc<dyn Store>;

    /// Whether a test cannot run on this machine, for want of a server; a backend that needs one notes the test.
    async fn skips(_test: &str) -> bool {
        false
    }
}

/// Runs a test, or fails it when it hangs.
pub async fn run(test: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(120), test).await.expect("the test ends in time");
}

/// Every test of the contract, for one [`Backend`](crate::contract::Backend), as `#[tokio::test]`s. The crate that
/// says this needs tokio with its macros and the multi-threaded runtime.
#[macro_export]
macro_rules! contract {
    ($backend:ty) => {
        $crate::contract! { $backend;
            bodies: [
                a_body_survives_whole,
                the_extremes_of_integers_survive,
                fractions_survive,
                a_large_body_survives,
                an_empty_body_survives,
                the_order_of_an_array_survives,
            ];
            clock: [
                a_clock_tells_the_time_of_day,
                a_clock_goes_on,
            ];
            concurrency: [
                of_concurrent_inserts_of_an_id_exactly_one_is_new,
                of_concurrent_inserts_of_a_unique_value_exactly_one_is_new,
                concurrent_updates_lose_nothing,
                concurrent_upserts_end_at_the_greatest,
                a_refused_write_costs_its_neighbours_nothing,
            ];
            declare: [
                declaring_again_changes_nothing,
                an_index_added_later_finds_what_was_there,
                a_unique_index_added_later_guards_what_was_there,
                a_unique_index_that_documents_clash_in_is_refused,
                indexes_of_two_declarations_add_up,
                collections_are_apart,
            ];
            delete: [
                deleting_counts_what_was_there,
                a_deleted_document_is_gone_from_every_read,
                a_deleted_id_and_its_unique_value_are_free_again,
            ];
            durability: [
                what_was_written_survives_a_reopening,
                a_reopened_store_guards_its_uniqueness,
                a_store_takes_writes_when_it_says_so,
            ];
            expiry: [
                an_expired_document_shows_in_no_read,
                a_document_is_seen_until_it_expires,
                expired_documents_take_no_place_on_a_page,
                an_insert_replaces_an_expired_document,
                an_expired_document_holds_no_unique_value,
                an_update_of_an_expired_document_is_too_late,
                an_update_may_end_a_document,
                an_upsert_replaces_an_expired_document_however_great,
                deleting_counts_no_expired_document,
                an_update_moves_the_expiry,
                an_upsert_moves_the_expiry,
                one_call_inserts_again_over_an_expired_document,
            ];
            find: [
                without_filter_all_come_by_id,
                a_filter_on_text_is_exact,
                a_filter_on_an_integer_is_exact,
                text_and_integers_are_never_equal,
                a_filter_that_nothing_matches_gives_nothing,
                ascending_breaks_ties_by_id,
                descending_breaks_ties_by_id_ascending,
                a_filter_and_an_order_work_together,
                pages_by_id_meet_without_gap_or_overlap,
                pages_of_a_filter_meet_without_gap_or_overlap,
                pages_in_ascending_order_meet_even_within_ties,
                pages_in_descending_order_meet_even_within_ties,
                pages_of_a_filter_in_order_meet,
                a_cursor_need_not_be_there_any_more,
                the_extremes_of_an_order_are_reached,
                documents_without_the_ordered_integer_are_left_out,
                a_limit_of_zero_gives_nothing,
                a_limit_beyond_everything_gives_everything,
                ids_are_ordered_by_their_bytes,
            ];
            get: [
                those_that_exist_come_back,
                an_id_asked_for_twice_comes_once,
                no_ids_give_no_documents,
                thousands_of_ids_at_once,
            ];
            grouped: [
                each_key_has_its_own_limit,
                groups_come_in_every_order,
                keys_without_documents_are_absent,
                a_key_asked_for_twice_is_one_group,
                nothing_asked_gives_nothing,
                hundreds_of_keys_at_once,
            ];
            insert: [
                new_documents_are_new,
                the_answers_are_in_the_order_given,
                a_duplicate_id_leaves_the_first_alone,
                within_one_call_the_first_of_equal_ids_wins,
                a_duplicate_in_a_unique_index_names_its_fields,
                within_one_call_the_first_of_equal_unique_values_wins,
                a_clash_by_id_and_index_is_told_as_the_id,
                of_several_unique_indexes_the_one_that_clashes_is_named,
                a_unique_index_over_two_fields_compares_both,
                documents_without_a_unique_field_are_not_compared,
                unique_text_and_unique_integer_differ,
                no_documents_give_no_answers,
                a_thousand_documents_in_one_call,
                the_revision_given_is_ignored,
            ];
            names: [
                ids_with_odd_characters_are_only_ids,
                ids_that_nearly_match_are_apart,
                values_that_look_like_commands_are_only_values,
                keys_that_look_like_commands_are_only_keys,
                field_names_of_bodies_may_be_odd,
            ];
            refusals: [
                an_undeclared_collection_is_refused_by_every_method,
                bad_names_are_not_declared,
                ids_have_bounds,
                the_stores_own_names_are_refused,
                integers_beyond_64_bits_are_refused,
                bodies_have_bounds,
                indexed_fields_hold_text_or_integers,
                a_refused_document_refuses_its_whole_call,
                a_query_that_no_index_serves_is_refused,
                a_filter_compares_with_text_or_integers,
            ];
            update: [
                an_unchanged_document_is_replaced_whole,
                an_update_moves_the_revision,
                a_stale_revision_changes_nothing,
                a_document_that_is_gone_is_not_updated,
                a_document_deleted_and_inserted_again_has_changed,
                an_update_is_found_by_its_new_values_only,
                an_update_into_anothers_unique_value_is_refused,
                an_update_may_keep_its_own_unique_value,
            ];
            upsert: [
                the_first_is_inserted,
                a_greater_one_replaces,
                an_equal_or_lesser_one_changes_nothing,
                the_extremes_of_integers_compare,
                a_stored_document_without_the_integer_is_less,
                a_new_document_without_the_integer_is_refused,
                an_upsert_moves_the_revision,
                an_upsert_into_anothers_unique_value_is_refused,
            ];
        }
    };
    ($backend:ty; $($module:ident: [$($test:ident),* $(,)?];)*) => {
        $(mod $module {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let name = concat!(stringify!($module), "::", stringify!($test));
                    if <$backend as $crate::contract::Backend>::skips(name).await {
                        return;
                    }
                    $crate::contract::run($crate::contract::$module::$test::<$backend>()).await;
                }
            )*
        })*
    };
}

#[cfg(test)]
mod tests {
    /// A test that is not in the list would never run.
    #[test]
    fn every_test_is_in_the_list_once() {
        let list = include_str!("mod.rs");
        for source in [
            include_str!("bodies.rs"),
            include_str!("clock.rs"),
            include_str!("concurrency.rs"),
            include_str!("declare.rs"),
            include_str!("delete.rs"),
            include_str!("durability.rs"),
            include_str!("expiry.rs"),
            include_str!("find.rs"),
            include_str!("get.rs"),
            include_str!("grouped.rs"),
            include_str!("insert.rs"),
            include_str!("names.rs"),
            include_str!("refusals.rs"),
            include_str!("update.rs"),
            include_str!("upsert.rs"),
        ] {
            for definition in source.split("pub async fn ").skip(1) {
                let name = definition.split('<').next().unwrap_or_default();
                let line = format!("                {name},\n");
                assert_eq!(list.matches(&line).count(), 1, "{name}");
            }
        }
    }
}
