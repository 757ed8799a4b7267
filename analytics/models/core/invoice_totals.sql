-- What the charges of a month say is on each invoice.
select
  source,
  billing_period,
  coalesce(nullif(provider_name, ''), '(none)') as provider_name,
  billing_account_id,
  coalesce(nullif(invoice_id, ''), '(none)') as invoice_id,
  billing_currency,
  charge_category,
  sum(billed_cost) as billed_cost,
  count(*) as line_count
from charges
group by
  source, billing_period, coalesce(nullif(provider_name, ''), '(none)'), billing_account_id,
  coalesce(nullif(invoice_id, ''), '(none)'), billing_currency, charge_category
