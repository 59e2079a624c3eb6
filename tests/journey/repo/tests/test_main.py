from app.main import Text, predict


def test_predict():
    assert predict(Text(text="good"), x_api_key="")
