module github.com/cevvo/cevvo-go

go 1.24
