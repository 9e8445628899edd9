//! Whole-product stories: actors (`town`, `club`, `clerk`) walk through the real router on a real database,
//! on SQLite and, when `KOMMUNAL_TEST_PG` names a server (`tests/pg.sh run cargo test`), on PostgreSQL too.

mod actors;
mod again;
mod answer;
mod api;
mod apply;
mod auditor;
mod backup;
mod besides;
mod bundid;
mod bundid_proofs;
mod by_hand;
mod calendar;
mod call_off;
mod canaries;
mod carry;
mod centre;
mod changed;
mod cockpit;
mod consult;
mod decide;
mod events;
mod find;
mod first_start;
mod follow;
mod full;
mod grounds;
mod hosts;
mod idp;
mod intake;
mod isolation;
mod join;
mod konto;
mod konto_antrag;
mod konto_ende;
mod konto_log;
mod konto_passkey;
mod leicht;
mod merge;
mod moves;
mod no_mail;
mod paper;
mod payments;
mod places;
mod privacy;
mod put_back;
mod reads;
mod revoked;
mod rights;
mod second_factor;
mod settings;
mod shield;
mod smtp;
mod soft_key;
mod store;
mod table;
mod town;
mod transfer;
mod unsent;
mod uploads;
mod versions;
mod watch;
mod words;
mod worker;

/// `both! { async fn name(town: Town) { … } }`: the same story on both engines; `both! { limited: async fn … }`: with
/// rate limits on.
#[macro_export]
macro_rules! both {
    (limited: $($story:tt)*) => { $crate::both! { @limited, postgres_limited; $($story)* } };
    (@$sqlite:ident, $postgres:ident; $(#[$doc:meta])* async fn $name:ident($town:ident: Town) $body:block) => {
        mod $name {
            use super::*;
            $(#[$doc])*
            async fn story($town: Town) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                story(Town::$sqlite().await).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(town) = Town::$postgres().await {
                    story(town).await;
                }
            }
        }
    };
    ($($story:tt)*) => { $crate::both! { @sqlite, postgres; $($story)* } };
}
