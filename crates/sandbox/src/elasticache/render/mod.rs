//! The shapes of ElastiCache's documents, field by field as the model orders and names them.

pub(crate) mod cluster;
pub(crate) mod global;
pub(crate) mod group;
pub(crate) mod serverless;
pub(crate) mod snapshot;

use super::settings::{LogDelivery, LogDestination, Settings};
use crate::query::xml::Xml;

fn enabled(flag: bool) -> &'static str {
    if flag { "enabled" } else { "disabled" }
}

fn endpoint(xml: &mut Xml, name: &str, address: &str, port: u16) {
    xml.element(name, |xml| {
        xml.text("Address", address).value("Port", port);
    });
}

fn log_deliveries(xml: &mut Xml, deliveries: &[LogDelivery]) {
    xml.list("LogDeliveryConfigurations", "LogDeliveryConfiguration", deliveries, |xml, delivery| {
        let (kind, details, member, name) = match &delivery.destination {
            LogDestination::CloudWatch { group } => {
                ("cloudwatch-logs", "CloudWatchLogsDetails", "LogGroup", group)
            }
            LogDestination::Firehose { stream } => {
                ("kinesis-firehose", "KinesisFirehoseDetails", "DeliveryStream", stream)
            }
        };
        xml.text("LogType", &delivery.log_type).text("DestinationType", kind);
        xml.element("DestinationDetails", |xml| {
            xml.element(details, |xml| _ = xml.text(member, name));
        });
        xml.text("LogFormat", &delivery.format).text("Status", "active");
    });
}

/// Encryption, tokens and networking, which groups and clusters both carry.
fn security(xml: &mut Xml, settings: &Settings) {
    xml.value("AuthTokenEnabled", settings.auth_token);
    xml.value("TransitEncryptionEnabled", settings.transit_encryption);
    xml.value("AtRestEncryptionEnabled", settings.at_rest_encryption);
    xml.text("NetworkType", &settings.network_type).text("IpDiscovery", &settings.ip_discovery);
    if settings.transit_encryption {
        xml.text("TransitEncryptionMode", &settings.transit_encryption_mode);
    }
}
