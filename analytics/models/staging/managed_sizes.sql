-- Normalisation factors of sizes of one family: the price of a size is in proportion to its factor, by AWS's rule for
-- reservations with size flexibility.
select cast(size as varchar) as size, cast(factor as double) as factor
from (
  values
    ('micro', 0.5), ('small', 1), ('medium', 2), ('large', 4), ('xlarge', 8), ('2xlarge', 16), ('3xlarge', 24),
    ('4xlarge', 32), ('6xlarge', 48), ('8xlarge', 64), ('9xlarge', 72), ('10xlarge', 80), ('12xlarge', 96),
    ('16xlarge', 128), ('18xlarge', 144), ('24xlarge', 192), ('32xlarge', 256), ('48xlarge', 384)
) as sizes (size, factor)
