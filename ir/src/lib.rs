//! Program representations of Taipan: no objects, no parser.
