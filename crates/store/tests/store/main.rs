//! The store as the rest of the product sees it, on SQLite and, when `KOMMUNAL_TEST_PG` names a server
//! (`tests/pg.sh run cargo test -p store`), on PostgreSQL too. One story, both engines.

mod accounts;
mod audit;
mod backup;
mod bookings;
mod carry;
mod cases;
mod doctor;
mod drafts;
mod encrypted;
mod figures;
mod hosts;
mod isolation;
mod jobs;
mod keys;
mod lists;
mod log_in_keys;
mod merge;
mod merge_backup;
mod moved;
mod payments;
mod put_back;
mod rates;
mod sealing;
mod second_factor;
mod settings;
mod shards;
mod shared;
mod statements;
mod tamper;
mod versions;
mod world;
