//! ElastiCache's backup surface.
