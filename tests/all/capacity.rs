//! What a backup costs in the ledger: the units that DynamoDB bills for every write and read of its life, as infra/COST.md
//! has them.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use cachekeep_core::job::Job;
use cachekeep_sandbox::elasticache::CacheSpec;
use serde_json::{Value, json};

use crate::stage::{backups, lab, pass, wait};

/// Capacity units as DynamoDB bills them.
#[derive(Debug, Clone, Copy, Default)]
struct Units {
    written: f64,
    read: f64,
}

/// A transport that has DynamoDB say what each call used up.
#[derive(Debug, Clone)]
struct Metered {
    client: SharedHttpClient,
    units: Arc<Mutex<Units>>,
}

impl HttpClient for Metered {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Meter { connector, units: Arc::clone(&self.units) })
    }
}

#[derive(Debug)]
struct Meter {
    connector: SharedHttpConnector,
    units: Arc<Mutex<Units>>,
}

impl HttpConnector for Meter {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let Some(operation) = target.strip_prefix("DynamoDB_20120810.").map(str::to_owned) else {
            return self.connector.call(request);
        };
        ask_for_capacity(&mut request);
        let (future, units) = (self.connector.call(request), Arc::clone(&self.units));
        HttpConnectorFuture::new(async move {
            let response = future.await?;
            let answer: Value =
                serde_json::from_slice(response.body().bytes().unwrap_or_default()).unwrap_or_default();
            let mut units = units.lock().unwrap_or_else(PoisonError::into_inner);
            let used = used(&answer["ConsumedCapacity"]);
            if operation.contains("Put") || operation.contains("Update") || operation.contains("Write") {
                units.written += used;
            } else {
                units.read += used;
            }
            Ok(response)
        })
    }
}

fn ask_for_capacity(request: &mut HttpRequest) {
    let mut body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
    body["ReturnConsumedCapacity"] = json!("TOTAL");
    let body = body.to_string();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = body.into();
}

/// One table's capacity, or that of each.
fn used(consumed: &Value) -> f64 {
    let units = |table: &Value| table["CapacityUnits"].as_f64().unwrap_or(0.0);
    consumed.as_array().map_or_else(|| units(consumed), |tables| tables.iter().map(units).sum())
}

/// The numbers on the page: "measured: 12.3 write units and 4.5 read units a backup".
fn on_the_page() -> (f64, f64) {
    let page = include_str!("../../infra/COST.md");
    let sentence = page.split("measured: ").nth(1).unwrap();
    let mut numbers = sentence.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

/// How many units a fleet of groups uses up in some days, and for how many backups: each taken, exported, read, kept and let go.
async fn fleet(caches: usize) -> (Units, f64) {
    let names = ["orders", "catalog", "search", "carts"];
    let lab = lab(names[..caches].iter().map(|name| CacheSpec::group(name, 1)).collect()).await;
    let units = Arc::<Mutex<Units>>::default();
    let metered = Metered { client: lab.sandbox.http_client(), units: Arc::clone(&units) };
    let metered = lab.with_transport(SharedHttpClient::new(metered));
    for _ in 0..3 * 24 * 6 {
        for job in Job::ALL {
            pass(&metered, job).await;
        }
        wait(&lab, 10).await;
    }
    let count = u32::try_from(backups(&lab).await.len()).unwrap();
    let units = *units.lock().unwrap_or_else(PoisonError::into_inner);
    (units, f64::from(count))
}

/// What one more backup costs: what passes cost that find nothing to do is the same for both fleets.
#[tokio::test(start_paused = true)]
async fn a_backup_costs_the_units_that_the_page_on_costs_reckons_with() {
    let ((few, fewer), (many, more)) = (fleet(1).await, fleet(4).await);
    let backups = more - fewer;
    assert!(backups > 30.0, "{backups} backups");
    let (written, read) = ((many.written - few.written) / backups, (many.read - few.read) / backups);
    let (page_written, page_read) = on_the_page();
    let near = |measured: f64, page: f64| (measured - page).abs() <= page * 0.1;
    assert!(
        near(written, page_written) && near(read, page_read),
        "measured: {written:.1} write units and {read:.1} read units"
    );
}
