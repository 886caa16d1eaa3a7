"""From runs to a product's checklist: filling an official template, and carrying last year's file forward."""
