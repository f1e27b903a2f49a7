//! The shapes of ElastiCache's documents, field by field as the model orders and names them.

pub(crate) mod cluster;
pub(crate) mod group;
pub(crate) mod serverless;
pub(crate) mod snapshot;

use super::settings::{LogDelivery, Settings};
use super::wire::xml::Xml;

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
        xml.text("LogType", &delivery.log_type).text("DestinationType", "cloudwatch-logs");
        xml.element("DestinationDetails", |xml| {
            xml.element("CloudWatchLogsDetails", |xml| {
                xml.text("LogGroup", &delivery.log_group);
            });
        });
        xml.text("LogFormat", "json").text("Status", "active");
    });
}

/// Encryption, tokens and networking, which groups and clusters both carry.
fn security(xml: &mut Xml, settings: &Settings) {
    xml.value("AuthTokenEnabled", settings.auth_token);
    xml.value("TransitEncryptionEnabled", settings.transit_encryption);
    xml.value("AtRestEncryptionEnabled", settings.at_rest_encryption);
    xml.text("NetworkType", "ipv4").text("IpDiscovery", "ipv4");
    if settings.transit_encryption {
        xml.text("TransitEncryptionMode", "required");
    }
}
