"""`python -m serving.demo`, called by `make demo`."""

from serving.demo.story import main

if __name__ == "__main__":
    main()
