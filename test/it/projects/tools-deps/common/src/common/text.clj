(ns common.text)
