//! Tests of built images: custom commands and structure tests.
