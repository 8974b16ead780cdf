"""The drawings of the site, and what they draw: SVG made by code from declarations and committed data."""
