//! The ledger's table, as `init` makes it.

use cachekeep_aws::Class;
use cachekeep_aws::table::{self, Ensured};

use crate::support::World;

#[tokio::test(start_paused = true)]
async fn init_makes_the_table_once_and_leaves_it_alone_after_that() {
    let world = World::new();
    let first = table::ensure(&world.clients, "cachekeep").await.unwrap();
    assert!(first.created);
    assert_eq!(first.set, ["old events expire", "point-in-time recovery"]);
    let second = table::ensure(&world.clients, "cachekeep").await.unwrap();
    assert_eq!(second, Ensured { stream: first.stream.clone(), ..Ensured::default() });
    assert!(first.stream.unwrap().contains("table/cachekeep/stream/"));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_dynamodb_does_not_take_is_refused() {
    let world = World::new();
    let error = table::ensure(&world.clients, "no").await.unwrap_err();
    assert_eq!(error.class(), Class::Refused, "{error}");
}
