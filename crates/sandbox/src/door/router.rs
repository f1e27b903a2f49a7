//! The one way from a request to a service: log, faults, latency, service, faults again.

use super::call::{Call, ServiceName};
use super::log::CallLog;
use super::{refusal, sts::Sts};
use crate::account::Account;
use crate::clock::Clock;
use crate::fault::{Before, Cut, Faults};
use crate::service::{Request, Response, Service};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(crate) struct Router {
    clock: Clock,
    services: BTreeMap<ServiceName, Arc<dyn Service>>,
    faults: Faults,
    log: CallLog,
    latency: Duration,
}

impl Router {
    pub(crate) fn new(
        clock: Clock,
        account: Account,
        faults: Faults,
        log: CallLog,
        latency: Duration,
    ) -> Self {
        let sts: Arc<dyn Service> = Arc::new(Sts(account));
        Self { clock, services: BTreeMap::from([(ServiceName::Sts, sts)]), faults, log, latency }
    }

    pub(crate) fn with(mut self, name: ServiceName, service: Arc<dyn Service>) -> Self {
        self.services.insert(name, service);
        self
    }

    /// Answers a request, or fails as a broken connection does.
    pub(crate) async fn call(&self, mut request: Request) -> Result<Response, Cut> {
        let Some(call) = Call::of(&request) else { return Ok(refusal::nobody()) };
        let Some(service) = self.services.get(&call.service) else { return Ok(refusal::nobody()) };
        self.log.add(call.clone(), self.clock.now());
        self.wait(self.latency).await;
        match self.faults.before(&call, &request, self.clock.now())? {
            Before::Refuse(refusal) => return Ok(refusal.answer(call.service, &request)),
            Before::Proceed { delay, delayed_fault } => {
                self.wait(delay).await;
                if let Some(delayed_fault) = delayed_fault {
                    request.extensions_mut().insert(delayed_fault);
                }
            }
            Before::ProceedThenTimeOut => {
                service.handle(request).await;
                return Err(Cut::TimedOut);
            }
        }
        let response = service.handle(request).await;
        self.faults.after(&call)?;
        Ok(response)
    }

    async fn wait(&self, duration: Duration) {
        if !duration.is_zero() {
            tokio::time::sleep(duration).await;
        }
    }
}
