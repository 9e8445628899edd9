//! Payments of all cases by where they stand: found by clear columns, amounts read from the sealed cases.

use domain::{Case, CaseId};
use jiff::civil::Date;

use crate::engine::{Value, values};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Error, PaymentCounts, PaymentPage, PaymentTab, Result};

/// $2 tab, $3 today.
macro_rules! tab {
    () => {
        "tenant = $1 and ($2 = 'open' and pay_state = 'open' or $2 = 'overdue' and pay_state = 'open' and pay_due < $3 \
         or $2 = 'deposits' and pay_state = 'deposit' or $2 = 'refunds' and pay_state = 'refund' \
         or $2 = 'paid' and pay_state in ('deposit', 'refund', 'done'))"
    };
}

macro_rules! list {
    ($order:literal) => {
        concat!(
            "select id from case_file where ",
            tab!(),
            " order by ",
            $order,
            ", id limit $4 offset $5"
        )
    };
}

statements! { Tenant "payments";
    BY_DUE = list!("pay_due is null, pay_due, received_at");
    BY_EVENT = list!("event_day is not null, event_day, received_at");
    BY_UPDATED = list!("updated_at desc");
    IDS = concat!("select id from case_file where ", tab!());
    COUNTS = "select count(*) filter (where pay_state = 'open'), \
        count(*) filter (where pay_state = 'open' and pay_due < $2), count(*) filter (where pay_state = 'deposit'), \
        count(*) filter (where pay_state in ('deposit', 'refund', 'done')), \
        count(*) filter (where pay_state = 'refund') from case_file where tenant = $1";
}

/// The clear columns of a case's payment.
pub(crate) fn columns(case: &Case) -> (&'static str, Option<Date>) {
    let fee = &case.fee;
    let state = if !case.granted() || fee.to_pay() == 0 {
        ""
    } else if fee.paid_at.is_none() {
        "open"
    } else if case.owes_refund() {
        "refund"
    } else if case.can_return_deposit() {
        "deposit"
    } else {
        "done"
    };
    (state, fee.due.filter(|_| !state.is_empty()))
}

impl PaymentTab {
    fn word(self) -> &'static str {
        match self {
            PaymentTab::Open => "open",
            PaymentTab::Overdue => "overdue",
            PaymentTab::Deposits => "deposits",
            PaymentTab::Refunds => "refunds",
            PaymentTab::Paid => "paid",
        }
    }
}

impl TenantTx<'_> {
    fn cases_by(&self, rows: &[crate::engine::Row]) -> Result<Vec<Case>> {
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            out.extend(self.case(&CaseId::from(row.text(0)?))?);
        }
        Ok(out)
    }

    /// A page of payments, what is most pressing first; `page` from 0. The sum is that of all pages.
    pub fn payments(&self, tab: PaymentTab, today: Date, page: u32, size: u32) -> Result<PaymentPage> {
        let list = match tab {
            PaymentTab::Open | PaymentTab::Overdue => &BY_DUE,
            PaymentTab::Deposits | PaymentTab::Refunds => &BY_EVENT,
            PaymentTab::Paid => &BY_UPDATED,
        };
        let mut params = values![tab.word(), today].to_vec();
        let size = i64::from(size.clamp(1, 500));
        params.extend([Value::Int(size), Value::Int(size * i64::from(page))]);
        let cases = self.cases_by(&self.rows(list, &params)?)?;
        // What was paid ever is nothing to sum up here: the books do that.
        let cents = match tab {
            PaymentTab::Paid => 0,
            _ => {
                let all = self.cases_by(&self.rows(&IDS, &params[..2])?)?;
                all.iter().map(|c| tab.cents(c)).sum()
            }
        };
        Ok(PaymentPage { cases, cents })
    }

    pub fn payment_counts(&self, today: Date) -> Result<PaymentCounts> {
        let row = self.row(&COUNTS, values![today])?.ok_or(Error::Missing("count"))?;
        Ok(PaymentCounts {
            open: row.int(0)?,
            overdue: row.int(1)?,
            deposits: row.int(2)?,
            paid: row.int(3)?,
            refunds: row.int(4)?,
        })
    }
}
