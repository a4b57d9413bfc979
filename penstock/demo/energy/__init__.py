"""One week of 1,000 rooftops: measured, certified, billed and paid into a deal. The CSV files are the inputs."""
