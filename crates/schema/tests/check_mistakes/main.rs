//! What the checker finds: valid files pass, and every kind of mistake planted into them comes out alone, at its
//! place and with the word that was meant.

mod bounds;
mod common;
mod editor;
mod examples;
mod files;
mod forms;
mod keeping;
mod keys;
mod law;
mod repository;
mod rules;
mod texts;
mod twenty;
mod types;
mod valid;
