//! The task's memory budget as its consumer sees it: what is fetched and decompressed is charged to it, and no more is
//! asked for than there is room.

use std::any::Any;
use std::sync::Arc;

use kconnect_api::Budget;
use kconnect_client::consumer::{Account, Charge};

/// The budget as an account of a consumer.
pub(crate) fn account(budget: &Budget) -> Arc<dyn Account> {
    Arc::new(TaskAccount(budget.clone()))
}

#[derive(Debug)]
struct TaskAccount(Budget);

impl Account for TaskAccount {
    fn limit(&self) -> usize {
        self.0.limit()
    }

    fn used(&self) -> usize {
        self.0.used()
    }

    fn charge(&self, bytes: usize) -> Box<dyn Charge> {
        Box::new(TaskCharge(self.0.charge(bytes)))
    }

    fn try_charge(&self, bytes: usize) -> Option<Box<dyn Charge>> {
        Some(Box::new(TaskCharge(self.0.try_charge(bytes)?)))
    }

    fn on_release(&self, hook: Arc<dyn Fn() + Send + Sync>) -> Box<dyn Any + Send + Sync> {
        Box::new(self.0.on_release(move || hook()))
    }
}

#[derive(Debug)]
struct TaskCharge(kconnect_api::Charge);

impl Charge for TaskCharge {
    fn resize(&mut self, bytes: usize) {
        self.0.resize(bytes);
    }
}
