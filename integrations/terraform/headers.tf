data "external" "adobe" {
  program = ["jwt-credential", "headers", "--json", "--for", "https://registry.example.com"]
}

data "http" "hello" {
  url             = "https://registry.example.com/api/hello"
  request_headers = data.external.adobe.result
}
