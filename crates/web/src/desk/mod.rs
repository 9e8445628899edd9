//! desk.

use crate::routes::Table;

pub fn routes(table: Table) -> Table {
    table
}
