//! The program's parts that tests share with it: shipped files, wiring, the demo.

pub mod config;
pub mod demo;
pub mod made_up;
pub mod moved;
pub mod shipped;
pub mod wiring;
